import { fieldFaults, type Limit, limitPers, limitWhats, readLimitMax, shownAmount } from '@parley/contract'
import { defined, wireNames } from '@parley/wires'
import { z } from 'zod'
import { readRange } from '../config/address-range.ts'
import { inBoth } from '../http/schema-text.ts'
import { amountSchema, isoTime } from '../http/values.ts'
import { clientFamilies } from './client-families.ts'
import { endOf, type KeyDetails, type KeyFields } from './key-repository.ts'

const limitSchema = z
  .object({
    what: z.enum(limitWhats),
    per: z.enum(limitPers).default('total').describe('Without meaning for concurrency.'),
    max: amountSchema.describe('US dollars for cost, else a whole number.'),
  })
  .meta({ id: 'ApiKeyLimit' })

const addressRange = z.string().trim().refine(isAddressRange, inBoth(fieldFaults.notAddressRange))

const clientName = z
  .string()
  .trim()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,50}$/, inBoth(fieldFaults.notClient))

const modelId = z.string().trim().min(1).max(200)

const fields = {
  name: z.string().trim().min(1).max(100),
  user_id: z.string().max(64).nullable().describe('Whose it is: their limits count as well.'),
  managed_by: z
    .enum(['admin', 'user'])
    .describe(
      'Who says what it may do. `admin`: its user can change its name, tags and notes only. So it is with what administrators made or bounded; they can hand it over.',
    ),
  enabled: z.boolean(),
  expires_at: z.iso.datetime({ offset: true }).nullable(),
  active_seconds: z
    .int()
    .min(60)
    .max(3_153_600_000)
    .nullable()
    .describe('It ends so long after its first use; with expires_at, at whichever comes first.'),
  models: z.array(modelId).min(1).max(1000).nullable().describe('Null: all.'),
  wires: z.array(z.enum(wireNames)).min(1).nullable().describe('Null: all.'),
  ip_allow: z.array(addressRange).min(1).max(200).nullable().describe('Null: from anywhere.'),
  clients: z
    .array(clientName)
    .min(1)
    .max(50)
    .nullable()
    .describe(`Told by their user agent: ${clientFamilies.join(', ')}, or how it begins. Null: any client.`),
  account_ids: z.array(z.string().max(64)).min(1).max(200).nullable().describe('Null: all accounts.'),
  account_groups: z
    .array(z.string().trim().min(1).max(50))
    .min(1)
    .max(50)
    .nullable()
    .describe('The accounts in these groups, with those of account_ids.'),
  cache_seconds: z
    .int()
    .min(0)
    .max(31_536_000)
    .nullable()
    .describe(
      'Calls with temperature 0 get the reply of an equal call of before, so old at most. 0: never. Null: as the server offers.',
    ),
  limits: z.array(limitSchema).max(50),
  tags: z.array(z.string().trim().min(1).max(50)).max(50),
  notes: z.string().max(5000),
}

export const updateKeySchema = z.object(fields).partial()
export const createKeySchema = updateKeySchema.extend({ name: fields.name })

/** What people say of their own keys: whose they are and which accounts they use is not theirs to say. */
export const updateOwnKeySchema = updateKeySchema.omit({
  user_id: true,
  managed_by: true,
  account_ids: true,
  account_groups: true,
})
export const createOwnKeySchema = updateOwnKeySchema.extend({ name: fields.name })

export const keyParams = z.object({ id: z.string().max(100) })

export const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().describe('Its first and last characters.'),
    user_id: z.string().nullable(),
    managed_by: z.enum(['admin', 'user']).describe('Who says what it may do.'),
    enabled: z.boolean(),
    expires_at: z.string().nullable(),
    active_seconds: z.int().nullable(),
    activated_at: z.string().nullable().describe('Its first use, of a key with active_seconds.'),
    ends_at: z.string().nullable().describe('When it ends, as far as that is known.'),
    models: z.array(z.string()).nullable(),
    wires: z.array(z.string()).nullable(),
    ip_allow: z.array(z.string()).nullable(),
    clients: z.array(z.string()).nullable(),
    account_ids: z.array(z.string()).nullable(),
    account_groups: z.array(z.string()).nullable(),
    cache_seconds: z.int().nullable(),
    limits: z.array(z.object({ what: z.enum(limitWhats), per: z.enum(limitPers), max: z.number() })),
    tags: z.array(z.string()),
    notes: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
    last_used_at: z.string().nullable(),
    deleted_at: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' })

/** As lists have them. */
export const listedKeySchema = keySchema
  .extend({
    month_cost_usd: z.number().describe('What its calls cost since the month began, UTC; of one’s own: charged'),
  })
  .meta({ id: 'ListedApiKey' })

export const createdKeySchema = keySchema
  .extend({ key: z.string().describe('The key itself. It is shown this once.') })
  .meta({ id: 'CreatedApiKey' })

export function readKeyFields(body: z.output<typeof updateKeySchema>): KeyFields {
  return defined<KeyFields>({
    name: body.name,
    userId: body.user_id,
    managedBy: body.managed_by,
    isEnabled: body.enabled,
    expiresAt: typeof body.expires_at === 'string' ? Date.parse(body.expires_at) : body.expires_at,
    activeSeconds: body.active_seconds,
    models: body.models,
    wires: body.wires,
    ipAllow: body.ip_allow,
    clients: body.clients,
    accountIds: body.account_ids,
    accountGroups: body.account_groups,
    cacheSeconds: body.cache_seconds,
    limits: body.limits?.map(readLimit),
    tags: body.tags,
    notes: body.notes,
  })
}

function readLimit({ what, per, max }: z.output<typeof limitSchema>, index: number): Limit {
  return { what, per, max: readLimitMax(what, max, `limits[${index}].max`) }
}

export function presentKey(key: KeyDetails): z.output<typeof keySchema> {
  return {
    id: key.id,
    name: key.name,
    hint: key.hint,
    user_id: key.userId,
    managed_by: key.managedBy,
    enabled: key.isEnabled,
    expires_at: isoTime(key.expiresAt),
    active_seconds: key.activeSeconds,
    activated_at: isoTime(key.activatedAt),
    ends_at: isoTime(endOf(key)),
    models: copy(key.models),
    wires: copy(key.wires),
    ip_allow: copy(key.ipAllow),
    clients: copy(key.clients),
    account_ids: copy(key.accountIds),
    account_groups: copy(key.accountGroups),
    cache_seconds: key.cacheSeconds,
    limits: key.limits.map(({ what, per, max }) => ({ what, per, max: shownAmount(what, max) })),
    tags: [...key.tags],
    notes: key.notes,
    created_at: isoTime(key.createdAt),
    updated_at: new Date(key.updatedAt).toISOString(),
    last_used_at: isoTime(key.lastUsedAt),
    deleted_at: isoTime(key.deletedAt),
  }
}

function isAddressRange(text: string): boolean {
  try {
    readRange(text)
    return true
  } catch {
    return false
  }
}

function copy(list: readonly string[] | null): string[] | null {
  return list === null ? null : [...list]
}
