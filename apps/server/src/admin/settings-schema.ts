/** Settings on the wire and in their rows: the same shape, so that a row can be read by the schema that wrote it. */
import { fieldFaults, settingHelp } from '@parley/contract'
import { z } from 'zod'
import { type Environment, variableOf } from '../config/env.ts'
import { inBoth } from '../http/schema-text.ts'
import { roleField } from '../identity/schema.ts'

const retentionDays = z.int().min(1).max(36_500).nullable().describe(settingHelp.retention_days.en)

const modelId = z.string().trim().min(1).max(200)

/** A host name with a point in it, as it stands behind the @ of an address. */
const domain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/, inBoth(fieldFaults.notDomain))

const bannerSchema = z
  .object({
    text: z.string().trim().min(1).max(500),
    tone: z.enum(['info', 'warning']).default('info'),
  })
  .meta({ id: 'Banner' })

/** Each fits on one line of a wide screen. */
const suggestions = z.array(z.string().trim().min(1).max(120)).max(8)

/** The variables that say what holds until an administrator has said something; the other settings have none. */
export const variableOfSetting = {
  registration_open: 'OPEN_REGISTRATION',
  single_user: 'SINGLE_USER',
  default_token_quota: 'TOKEN_QUOTA',
  sign_ins_per_minute: 'SIGN_INS_PER_MINUTE',
  default_model: 'DEFAULT_MODEL',
  title_model: 'TITLE_MODEL',
  chat_requests_per_minute: 'CHAT_REQUESTS_PER_MINUTE',
  completion_timeout_ms: 'COMPLETION_TIMEOUT_MS',
  completion_retries: 'COMPLETION_RETRIES',
  attachment_max_bytes: 'ATTACHMENT_MAX_BYTES',
  attachment_quota_bytes: 'ATTACHMENT_QUOTA_BYTES',
  provider_first_byte_timeout_ms: 'PROVIDER_FIRST_BYTE_TIMEOUT_MS',
  provider_max_idle_ms: 'PROVIDER_MAX_IDLE_MS',
  provider_timeout_ms: 'PROVIDER_TIMEOUT_MS',
  provider_slot_wait_ms: 'PROVIDER_SLOT_WAIT_MS',
  provider_max_attempts: 'PROVIDER_MAX_ATTEMPTS',
  response_cache_seconds: 'RESPONSE_CACHE_SECONDS',
  unpriced_models: 'UNPRICED_MODELS',
} as const satisfies { readonly [field: string]: keyof Environment }

export type FieldWithVariable = keyof typeof variableOfSetting
type NumberField = {
  [field in FieldWithVariable]: Environment[(typeof variableOfSetting)[field]] extends number ? field : never
}[FieldWithVariable]

/** Those with a variable do what it does, within its bounds. */
const helpOf = (field: FieldWithVariable) => variableOf(variableOfSetting[field]).help
const flagOf = (field: FieldWithVariable) => z.boolean().describe(helpOf(field))
function numberOf(field: NumberField) {
  const { read, help } = variableOf(variableOfSetting[field])
  return z.int().min(read.min).max(read.max).describe(help)
}

const systemFields = {
  registration_open: flagOf('registration_open'),
  single_user: flagOf('single_user'),
  registration_approval: z.boolean().describe(settingHelp.registration_approval.en),
  allowed_email_domains: z.array(domain).max(100).describe(settingHelp.allowed_email_domains.en),
  default_role: roleField.describe(settingHelp.default_role.en),
  default_group_id: z.string().max(64).nullable().describe(settingHelp.default_group_id.en),
  default_token_quota: numberOf('default_token_quota'),
  sign_ins_per_minute: numberOf('sign_ins_per_minute'),
  retention_days: retentionDays,
  default_model: modelId.describe(helpOf('default_model')),
  title_model: modelId.nullable().describe(helpOf('title_model')),
  chat_requests_per_minute: numberOf('chat_requests_per_minute'),
  completion_timeout_ms: numberOf('completion_timeout_ms'),
  completion_retries: numberOf('completion_retries'),
  attachment_max_bytes: numberOf('attachment_max_bytes'),
  attachment_quota_bytes: numberOf('attachment_quota_bytes'),
  provider_first_byte_timeout_ms: numberOf('provider_first_byte_timeout_ms'),
  provider_max_idle_ms: numberOf('provider_max_idle_ms'),
  provider_timeout_ms: numberOf('provider_timeout_ms'),
  provider_slot_wait_ms: numberOf('provider_slot_wait_ms'),
  provider_max_attempts: numberOf('provider_max_attempts'),
  response_cache_seconds: numberOf('response_cache_seconds'),
  unpriced_models: z.enum(variableOf('UNPRICED_MODELS').read.choices).describe(helpOf('unpriced_models')),
  banner: bannerSchema.nullable().describe(settingHelp.banner.en),
  suggestions_en: suggestions.describe(settingHelp.suggestions_en.en),
  suggestions_zh: suggestions.describe(settingHelp.suggestions_zh.en),
}

export const systemSettingsSchema = z.object(systemFields).meta({ id: 'SystemSettings' })
export type SystemSettings = z.output<typeof systemSettingsSchema>
export type SettingField = keyof SystemSettings
/** What these do is said in the catalogue, what the others do by their variables. */
export type FieldWithoutVariable = Exclude<SettingField, FieldWithVariable>
export const settingFields = Object.keys(systemFields) as SettingField[]

export const systemChangesSchema = z.object(systemFields).partial()
export type SystemChanges = z.output<typeof systemChangesSchema>

const largestPreferences = 16_384

const personalFields = {
  language: z.enum(['en', 'zh']).nullable().describe('Null: that of the browser.'),
  theme: z.enum(['light', 'dark', 'system']),
  default_model: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .nullable()
    .describe('What the page proposes for a new conversation.'),
  retention_days: retentionDays,
  preferences: z
    .record(z.string().max(100), z.unknown())
    .refine(
      (value) => JSON.stringify(value).length <= largestPreferences,
      inBoth(fieldFaults.tooManyBytes, { limit: '16 KB' }),
    )
    .describe('Whatever else a front end wants to remember.'),
}

export const personalSettingsSchema = z.object(personalFields).meta({ id: 'PersonalSettings' })
export const personalChangesSchema = z.object(personalFields).partial()
export type PersonalSettings = z.output<typeof personalSettingsSchema>
export type PersonalChanges = z.output<typeof personalChangesSchema>

export const settingStateSchema = z
  .object({
    name: z.string().describe('Of the variable where there is one, else of the field.'),
    field: z.string().nullable().describe('What it is called in `PUT /admin/settings`; null: it needs a restart.'),
    variable: z.string().nullable().describe('Its name in the environment; null: it has none.'),
    group: z.string(),
    help: z.string(),
    value: z.unknown().describe('What holds now. Of a secret only whether there is one: `••••`.'),
    source: z
      .enum(['default', 'environment', 'file', 'stored'])
      .describe('Who said so. Stored by an administrator wins over the environment, that over the default.'),
    default_value: z.unknown(),
    environment_value: z.unknown().describe('Null: the environment says nothing.'),
    stored_value: z.unknown().describe('Null: nothing is stored.'),
    is_secret: z.boolean(),
  })
  .meta({ id: 'SettingState' })

export const appInfoSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    is_demo: z.boolean(),
    registration_open: z.boolean(),
    single_user: z.boolean().describe('The server is one person’s: there is nothing to say about others'),
    minimum_password_length: z.int(),
    default_model: z.string(),
    attachment_max_bytes: z.int().describe('The largest file that can come with a message'),
    banner: bannerSchema.nullable(),
    suggestions: z
      .object({ en: z.array(z.string()), zh: z.array(z.string()) })
      .describe('What an empty conversation proposes, by language'),
    sends_mail: z.boolean().describe('Links to a new password come by mail; else an administrator hands them over'),
    oidc_name: z.string().nullable().describe('What the provider to sign in with is called; null: there is none'),
  })
  .meta({ id: 'AppInfo' })
