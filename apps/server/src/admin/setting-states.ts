/** Every setting with its value and who said so, for operators: what the environment says, what is stored over it, what wins. */
import { type Language, type Message, settingHelp, variableGroupsZh, variableHelpZh } from '@parley/contract'
import type { z } from 'zod'
import { type Environment, type EnvironmentTexts, type ListedVariable, listVariables } from '../config/env.ts'
import { redactSecrets } from '../config/redact.ts'
import type { Config } from '../config/config.ts'
import type { Settings } from './settings.ts'
import {
  type FieldWithoutVariable,
  type SettingField,
  settingFields,
  type settingStateSchema,
  variableOfSetting,
} from './settings-schema.ts'

type SettingState = z.output<typeof settingStateSchema>

/** In place of a secret that is set. */
const masked = '••••'

/** Made on the first start when the environment does not say them. */
const madeSecrets: readonly (keyof Environment)[] = ['JWT_SECRET', 'ENCRYPTION_KEY', 'KEY_PEPPER']

type Group = ListedVariable['group']

/** Whatever is said here is said in both languages: what is missing in the catalogue does not compile. */
const helpOfFields: { readonly [field in FieldWithoutVariable]: Message } = settingHelp
const chineseHelp: { readonly [name in keyof Environment]: string } = variableHelpZh
const chineseGroups: { readonly [group in Group]: string } = variableGroupsZh

/** Where the settings without a variable stand. */
const groupsOfFields: { readonly [field in FieldWithoutVariable]: Group } = {
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
    ...(Object.keys(groupsOfFields) as FieldWithoutVariable[]).map((field) => ({
      group: groupsOfFields[field],
      state: stateOfField(field, settings, language),
    })),
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
  field: FieldWithoutVariable,
  { system, stored, defaults }: Pick<Settings, 'system' | 'stored' | 'defaults'>,
  language: Language,
): Ungrouped {
  return {
    name: field,
    field,
    variable: null,
    help: helpOfFields[field][language],
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
