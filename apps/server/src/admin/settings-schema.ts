/** Settings on the wire and in their rows: the same shape, so that a row can be read by the schema that wrote it. */
import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import type { Environment } from '../config/env.ts'
import { inBoth } from '../http/schema-text.ts'

const retentionDays = z
  .int()
  .min(1)
  .max(36_500)
  .nullable()
  .describe('Conversations are deleted so many days after their last message, unless they are pinned; null: never.')

const milliseconds = z.int().min(0).max(86_400_000)
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

const systemFields = {
  registration_open: z.boolean().describe('People may register themselves.'),
  single_user: z.boolean().describe('One account and no more: nobody registers, nobody is invited.'),
  registration_approval: z
    .boolean()
    .describe('Whoever registers, or comes from the sign-in provider for the first time, waits for an administrator.'),
  allowed_email_domains: z
    .array(domain)
    .max(100)
    .describe('Whoever registers, or comes from the sign-in provider, needs an address there; none: any address.'),
  default_role: z
    .enum(['user', 'admin'])
    .describe(
      'The role of whoever registers, or comes from the sign-in provider for the first time. Administrators run the server: admin is refused where anybody may register and nobody approves of them.',
    ),
  default_group_id: z.string().max(64).nullable().describe('The group that new users come into.'),
  default_token_quota: z.int().min(0).describe('Tokens that a new user may use.'),
  sign_ins_per_minute: z.int().min(1).describe('Sign-in attempts per address.'),
  retention_days: retentionDays,
  default_model: modelId.describe('Model of new conversations that name none.'),
  title_model: modelId.nullable().describe('Gives new conversations their titles; null: the first words of the reply.'),
  chat_requests_per_minute: z.int().min(1).describe('Messages that a user may send.'),
  completion_timeout_ms: milliseconds.describe('How long a reply that is sent whole may take; 0: as long as it takes.'),
  completion_retries: z.int().min(0).max(5).describe('How often such a reply is asked for again when the model fails.'),
  attachment_max_bytes: z.int().min(1024).max(209_715_200).describe('Largest file that can be added to a message.'),
  attachment_quota_bytes: z.int().min(0).describe('Bytes of files that one person may keep.'),
  provider_first_byte_timeout_ms: milliseconds.describe('Longest time until an upstream begins to answer.'),
  provider_max_idle_ms: milliseconds.describe('Longest silence within an answer.'),
  provider_timeout_ms: milliseconds.describe('Longest call.'),
  provider_slot_wait_ms: milliseconds.describe('How long a call waits in line when all accounts are busy.'),
  provider_max_attempts: z.int().min(1).max(10).describe('Attempts for one call, over all accounts.'),
  response_cache_seconds: z.int().min(0).max(31_536_000).describe('How old a cached reply callers may ask for.'),
  unpriced_models: z.enum(['serve', 'refuse']).describe('What becomes of calls for models whose price is not known.'),
  banner: bannerSchema.nullable().describe('Shown to everybody on every page.'),
  suggestions_en: suggestions.describe(
    'What an empty conversation proposes to people who read English; none: nothing.',
  ),
  suggestions_zh: suggestions.describe(
    'What an empty conversation proposes to people who read Chinese; none: nothing.',
  ),
}

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
} as const satisfies { readonly [field in keyof typeof systemFields]?: keyof Environment }

export const systemSettingsSchema = z.object(systemFields).meta({ id: 'SystemSettings' })
export type SystemSettings = z.output<typeof systemSettingsSchema>
export type SettingField = keyof SystemSettings
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
