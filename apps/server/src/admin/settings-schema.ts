/** Settings on the wire and in their rows: the same shape, so that a row can be read by the schema that wrote it. */
import { z } from 'zod'

const retentionDays = z
  .int()
  .min(1)
  .max(36_500)
  .nullable()
  .describe('Conversations are deleted so many days after their last message, unless they are pinned; null: never.')

const systemFields = {
  registration_open: z.boolean().describe('People may register themselves.'),
  default_token_quota: z.int().min(0).describe('Tokens that a new user may use.'),
  retention_days: retentionDays,
}

export const systemSettingsSchema = z.object(systemFields).meta({ id: 'SystemSettings' })
export const systemChangesSchema = z.object(systemFields).partial()
export type SystemSettings = z.output<typeof systemSettingsSchema>
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
    .refine((value) => JSON.stringify(value).length <= largestPreferences, 'must have at most 16 KB')
    .describe('Whatever else a front end wants to remember.'),
}

export const personalSettingsSchema = z.object(personalFields).meta({ id: 'PersonalSettings' })
export const personalChangesSchema = z.object(personalFields).partial()
export type PersonalSettings = z.output<typeof personalSettingsSchema>
export type PersonalChanges = z.output<typeof personalChangesSchema>

export const appInfoSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    is_demo: z.boolean(),
    registration_open: z.boolean(),
    minimum_password_length: z.int(),
    default_model: z.string(),
    attachment_max_bytes: z.int().describe('The largest file that can come with a message'),
    sends_mail: z.boolean().describe('Links to a new password come by mail; else an administrator hands them over'),
    oidc_name: z.string().nullable().describe('What the provider to sign in with is called; null: there is none'),
  })
  .meta({ id: 'AppInfo' })
