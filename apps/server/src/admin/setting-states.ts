/** Every setting with its value and who said so, for operators: what the environment says, what is stored over it, what wins. */
import type { Language, Message } from '@parley/contract'
import type { z } from 'zod'
import { chineseGroups, chineseHelp } from '../config/env-zh.ts'
import { type Environment, type EnvironmentTexts, type ListedVariable, listVariables } from '../config/env.ts'
import { redactSecrets } from '../config/redact.ts'
import type { Config } from '../config/config.ts'
import type { Settings } from './settings.ts'
import {
  type SettingField,
  settingFields,
  type settingStateSchema,
  systemSettingsSchema,
  variableOfSetting,
} from './settings-schema.ts'

type SettingState = z.output<typeof settingStateSchema>

/** In place of a secret that is set. */
const masked = '••••'

/** Made on the first start when the environment does not say them. */
const madeSecrets: readonly (keyof Environment)[] = ['JWT_SECRET', 'ENCRYPTION_KEY', 'KEY_PEPPER']

const chineseFields: { readonly [field in SettingField]?: string } = {
  registration_approval: '自行注册或首次通过第三方登录的用户，需由管理员批准。',
  allowed_email_domains: '注册或第三方登录的邮箱必须属于这些域名；留空表示不限。',
  default_role:
    '自行注册或首次通过第三方登录的用户的角色。管理员可管理整个服务器；在开放注册且无需批准时不能选择 admin。',
  default_group_id: '新用户加入的用户组。',
  retention_days: '对话在最后一条消息之后保留的天数，置顶的不删除；留空表示一直保留。',
  banner: '在所有页面上向所有人显示。',
  suggestions_en: '空对话中显示给英文用户的建议；留空则不显示。',
  suggestions_zh: '空对话中显示给中文用户的建议；留空则不显示。',
}

type Group = ListedVariable['group']

/** Where the settings without a variable stand. */
const groupsOfFields: { readonly [field in SettingField]?: Group } = {
  registration_approval: 'People',
  allowed_email_domains: 'People',
  default_role: 'People',
  default_group_id: 'People',
  retention_days: 'Chat',
  banner: 'The server',
  suggestions_en: 'Chat',
  suggestions_zh: 'Chat',
}

export function listSettingStates(
  settings: Pick<Settings, 'system' | 'stored' | 'defaults'>,
  { texts }: Config['environment'],
  language: Language,
): SettingState[] {
  const variables = listVariables()
  const states = [
    ...settingFields.flatMap((field) => {
      const group = groupsOfFields[field]
      return group === undefined ? [] : [{ group, state: stateOfField(field, settings, language) }]
    }),
    ...variables.map((variable) => ({
      group: variable.group,
      state: stateOfVariable(variable, settings, texts, language),
    })),
  ]
  return [...new Set(variables.map(({ group }) => group))].flatMap((group) =>
    states
      .filter((one) => one.group === group)
      .map(({ state }) => ({ ...state, group: inLanguage(group, language) }))
      .toSorted((one, other) => placeOf(one) - placeOf(other)),
  )
}

/** What can be changed stands first, as it stands in the schema. */
function placeOf({ field }: Pick<SettingState, 'field'>): number {
  const place = settingFields.findIndex((one) => one === field)
  return place === -1 ? settingFields.length : place
}

type Ungrouped = Omit<SettingState, 'group'>

function stateOfField(
  field: SettingField,
  { system, stored, defaults }: Pick<Settings, 'system' | 'stored' | 'defaults'>,
  language: Language,
): Ungrouped {
  const { description = '' } = systemSettingsSchema.shape[field].meta() ?? {}
  return {
    name: field,
    field,
    variable: null,
    help: language === 'zh' ? (chineseFields[field] ?? description) : description,
    value: system[field],
    source: field in stored ? 'stored' : 'default',
    default_value: defaults[field],
    environment_value: null,
    stored_value: stored[field] ?? null,
    is_secret: false,
  }
}

const fieldOfVariable = new Map<string, SettingField>(
  Object.entries(variableOfSetting).map(([field, variable]) => [variable, field as SettingField]),
)

function stateOfVariable(
  variable: ListedVariable,
  { system, stored }: Pick<Settings, 'system' | 'stored'>,
  texts: EnvironmentTexts,
  language: Language,
): Ungrouped {
  const { name, help, fallback, isSecret } = variable
  const said = texts[name]?.trim() || undefined
  const given = said === undefined ? null : isSecret ? masked : redactSecrets(said)
  const field = fieldOfVariable.get(name)
  const isMade = given === null && madeSecrets.includes(name)
  const isStored = field !== undefined && field in stored
  return {
    name,
    field: field ?? null,
    variable: name,
    help: language === 'zh' ? chineseHelp[name] : help,
    value: field === undefined ? (given ?? (isMade ? masked : (fallback ?? null))) : system[field],
    source: isStored ? 'stored' : given !== null ? 'environment' : isMade ? 'file' : 'default',
    default_value: fallback ?? null,
    environment_value: given,
    stored_value: isStored ? (stored[field] ?? null) : null,
    is_secret: isSecret,
  }
}

function inLanguage(group: Group, language: Language): string {
  const text: Message = { en: group, zh: chineseGroups[group] }
  return text[language]
}
