/**
 * The shapes that the page and the client for programs write down by hand, held against the schemas that the server answers
 * by: what does not fit does not compile. A hand-written shape leaves out what it does not need, and is no looser than the
 * schema: it does not say of a field that it may be missing or null when it never is.
 */
import type * as client from '@parley/sdk'
import type * as page from '@parley/web/src/api/types.ts'
import type * as console from '@parley/web/src/console/api-types.ts'
import type { z } from 'zod'
import { accountSchema, probeSchema } from '../src/admin/accounts-schema.ts'
import { alertSchema } from '../src/admin/alerts-routes.ts'
import { modelSchema as catalogModelSchema, pricedModelSchema } from '../src/admin/models-schema.ts'
import { appInfoSchema, personalSettingsSchema, settingStateSchema } from '../src/admin/settings-schema.ts'
import { dashboardSchema } from '../src/admin/usage-dashboard-routes.ts'
import { ruleSchema } from '../src/admin/usage-rules-routes.ts'
import { usageRowSchema, usageSumsSchema } from '../src/admin/usage-sums-schema.ts'
import { recordSchema } from '../src/admin/usage-routes.ts'
import { groupSchema as userGroupSchema } from '../src/admin/user-groups-routes.ts'
import { userSchema as personSchema } from '../src/admin/users-routes.ts'
import { modelSchema } from '../src/catalog/schema.ts'
import { attachmentSchema } from '../src/chat/attachments/attachment.ts'
import { conversationSchema } from '../src/chat/conversations/schema.ts'
import { botSchema, groupSchema } from '../src/chat/groups/schema.ts'
import { messageSchema } from '../src/chat/messages/schema.ts'
import { runSchema } from '../src/chat/runs/schema.ts'
import { challengeSchema, profileSchema, sessionSchema, signedInSchema, userSchema } from '../src/identity/schema.ts'
import { createdKeySchema, keySchema, listedKeySchema } from '../src/keys/schema.ts'
import { explanationSchema, traceSchema } from '../src/relay/decision-routes.ts'

/** Fields that are written as missing or null at times, and never are. */
type Looser<Written, Answered> = {
  [Field in keyof Written & keyof Answered]-?: undefined extends Written[Field]
    ? undefined extends Answered[Field]
      ? never
      : Field
    : null extends Written[Field]
      ? null extends Answered[Field]
        ? never
        : Field
      : never
}[keyof Written & keyof Answered]

const fits =
  <Written>() =>
  <Schema extends z.ZodType<Written>>(
    schema: Schema,
    ..._looser: [Looser<Written, z.output<Schema>>] extends [never] ? [] : [looser: Looser<Written, z.output<Schema>>]
  ) =>
    schema

export const ofPage = [
  fits<page.User>()(userSchema),
  fits<page.Profile>()(profileSchema),
  fits<page.AppInfo>()(appInfoSchema),
  fits<page.Model>()(modelSchema),
  fits<page.Conversation>()(conversationSchema),
  // Blocks are whatever somebody's file has brought in: the page looks before it trusts them.
  fits<Omit<page.Message, 'blocks'>>()(messageSchema),
  fits<page.Attachment>()(attachmentSchema),
  fits<page.Bot>()(botSchema),
  fits<page.Group>()(groupSchema),
  fits<page.Run>()(runSchema),
  fits<page.PersonalSettings>()(personalSettingsSchema),
  fits<page.SignInSession>()(sessionSchema),
]

export const ofConsole = [
  fits<console.Account>()(accountSchema),
  fits<console.AccountTest>()(probeSchema),
  fits<console.ApiKey>()(keySchema),
  fits<console.ListedApiKey>()(listedKeySchema),
  fits<console.CreatedApiKey>()(createdKeySchema),
  fits<console.CatalogModel>()(catalogModelSchema),
  fits<console.PricedModel>()(pricedModelSchema),
  fits<console.UsageRecord>()(recordSchema),
  fits<console.UsageSums>()(usageSumsSchema),
  fits<console.UsageRow>()(usageRowSchema),
  fits<console.Dashboard>()(dashboardSchema),
  fits<console.UserGroup>()(userGroupSchema),
  fits<console.Person>()(personSchema),
  fits<console.LimitRule>()(ruleSchema),
  fits<console.Alert>()(alertSchema),
  fits<Omit<console.SettingState, 'value' | 'default_value' | 'environment_value'>>()(settingStateSchema),
  fits<console.CallTrace>()(traceSchema),
  fits<console.Explanation>()(explanationSchema),
]

export const ofClient = [
  fits<client.User>()(userSchema),
  fits<client.SignedIn>()(signedInSchema),
  fits<client.MfaChallenge>()(challengeSchema),
  fits<client.Model>()(modelSchema),
  fits<client.Conversation>()(conversationSchema),
  fits<client.Attachment>()(attachmentSchema),
  fits<client.Message>()(messageSchema),
  fits<client.Run>()(runSchema),
]
