import { dollars, fieldFaults, invalidField, tryDollars } from '@parley/contract'
import { wireNames } from '@parley/wires'
import { z } from 'zod'
import { listQuery, pageFields } from '../http/page-query.ts'
import { amountSchema, isoTime } from '../http/values.ts'
import type { AccountDetails, AuthorizedBy } from '../upstreams/account-admin.ts'
import { accountKinds } from '../upstreams/account.ts'
import type { AccountFields } from '../upstreams/account-fields.ts'
import type { AccountProbe } from '../upstreams/account-probe.ts'

const modelId = z.string().trim().min(1).max(200)

/** Ids that the upstream uses too, or public id → upstream id. */
const models = z
  .union([z.array(modelId).min(1).max(2000), z.record(modelId, modelId)])
  .describe('["id"] or {"public-id": "upstream-id"}; null: every model of the kind.')

const fields = {
  name: z.string().trim().min(1).max(100),
  base_url: z
    .string()
    .trim()
    .max(500)
    .nullable()
    .describe("Ends before the wire's own path: http://host, not http://host/v1."),
  api_key: z.string().trim().min(1).max(10_000).nullable(),
  authorization_id: z
    .string()
    .max(100)
    .describe('Of an OAuth sign-in whose code has been exchanged: its tokens stand in place of an api_key.'),
  models: models.nullable(),
  wires: z
    .array(z.enum(wireNames))
    .min(1)
    .nullable()
    .describe('What an OpenAI-compatible upstream speaks: openai-chat, openai-responses or both; null: as its kind.'),
  priority: z.int().min(0).max(1000).describe('Lower numbers first.'),
  weight: z.int().min(1).max(1000).describe('Share of the calls among accounts of the same priority.'),
  max_concurrency: z.int().min(1).max(100_000).nullable().describe('Calls at once; null: no cap.'),
  proxy: z.string().trim().max(500).nullable().describe('http://…, https://… or socks5://…, with user:password@.'),
  headers: z.record(z.string().min(1).max(100), z.string().max(10_000)).nullable().describe('Sent with every call.'),
  enabled: z.boolean(),
  schedulable: z.boolean().describe('False: only API keys that are pinned to it use it.'),
  groups: z.array(z.string().trim().min(1).max(50)).max(50).describe('API keys may be pinned to groups.'),
  daily_budget: amountSchema
    .nullable()
    .describe('US dollars that it may cost in a day; when they are spent other accounts serve. Null: no limit.'),
  tags: z.array(z.string().trim().min(1).max(50)).max(50),
  notes: z.string().max(5000),
}

const kind = z.enum(accountKinds)
const optionalFields = z.object(fields).partial()

export const createAccountSchema = optionalFields.extend({ name: fields.name, kind })
export const createClaudeAccountSchema = optionalFields.extend({ name: fields.name })
export const updateAccountSchema = optionalFields

export const accountParams = z.object({ id: z.string().max(100) })
export const listAccountsQuery = listQuery({
  ...pageFields(),
  kind: kind.optional(),
  q: z.string().trim().max(200).optional(),
})
export const pauseSchema = z
  .object({ seconds: z.int().min(1).max(31_536_000).optional().describe('Absent: until it is resumed.') })
  .default({})
export const testSchema = z.object({ model: modelId.optional() }).default({})

export const accountSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind,
    base_url: z.string().nullable(),
    api_key: z.string().nullable().describe('Masked.'),
    oauth: z
      .object({ scopes: z.array(z.string()), expires_at: z.string().nullable() })
      .nullable()
      .describe('Signed in with OAuth.'),
    models: z.record(z.string(), z.string()).nullable(),
    wires: z.array(z.enum(wireNames)).nullable().describe('Null: those of its kind.'),
    priority: z.int(),
    weight: z.int(),
    max_concurrency: z.int().nullable(),
    proxy: z.string().nullable().describe('Its password masked.'),
    headers: z.record(z.string(), z.string()).describe('Values masked.'),
    enabled: z.boolean(),
    schedulable: z.boolean(),
    groups: z.array(z.string()),
    daily_budget: z.number().nullable().describe('US dollars.'),
    tags: z.array(z.string()),
    notes: z.string(),
    state: z.enum(['ready', 'paused', 'limited', 'out', 'broken']),
    holds: z.array(
      z.object({
        model: z.string().nullable().describe('Null: the account as a whole.'),
        until: z.string().nullable().describe('Null: until it is reset or changed.'),
        reason: z.string(),
      }),
    ),
    problem: z.string().nullable(),
    active_calls: z.int(),
    seen_limits: z
      .object({
        at: z.string(),
        limits: z.array(
          z.object({
            name: z.string(),
            limit: z.number().nullable(),
            remaining: z.number().nullable(),
            resets_at: z.string().nullable(),
            status: z.string().nullable(),
          }),
        ),
      })
      .nullable()
      .describe('What the upstream last said of its limits.'),
    created_at: z.string(),
    updated_at: z.string(),
    last_used_at: z.string().nullable(),
  })
  .meta({ id: 'Account' })

export const probeSchema = z
  .object({
    ok: z.boolean(),
    status: z.int().nullable().describe('HTTP status; null when there was no answer.'),
    latency_ms: z.int(),
    model: z.string().nullable(),
    error: z.string().nullable(),
    models: z.array(z.string()).nullable().describe('What the upstream says it has.'),
  })
  .meta({ id: 'AccountTest' })

export function readAccountFields(body: z.output<typeof updateAccountSchema>): AccountFields & AuthorizedBy {
  return {
    authorizationId: body.authorization_id,
    name: body.name,
    baseUrl: body.base_url === '' ? null : body.base_url,
    apiKey: body.api_key,
    models: Array.isArray(body.models) ? Object.fromEntries(body.models.map((id) => [id, id])) : body.models,
    wires: body.wires,
    priority: body.priority,
    weight: body.weight,
    maxConcurrency: body.max_concurrency,
    proxy: body.proxy === '' ? null : body.proxy,
    headers: body.headers,
    isEnabled: body.enabled,
    isSchedulable: body.schedulable,
    groups: body.groups,
    tags: body.tags,
    notes: body.notes,
  }
}

/** In nano-dollars; undefined when nothing is said of it. */
export function readDailyBudget({ daily_budget: budget }: z.output<typeof updateAccountSchema>) {
  if (budget === undefined || budget === null) return budget
  const nanos = tryDollars(budget)
  if (nanos === undefined) throw invalidField('daily_budget', fieldFaults.notDollars)
  return nanos
}

/** What of a change may be written down: secrets only by their names. */
export function auditDetailOf(body: z.output<typeof updateAccountSchema>): object {
  const { api_key, authorization_id, proxy, headers, ...plain } = body
  const secrets = Object.entries({ api_key, authorization_id, proxy, headers }).filter(
    ([, value]) => value !== undefined,
  )
  return { ...plain, ...Object.fromEntries(secrets.map(([name, value]) => [name, value === null ? null : '***'])) }
}

export function presentAccount(
  account: AccountDetails,
  dailyBudgetNanos: number | null,
): z.output<typeof accountSchema> {
  return {
    id: account.id,
    name: account.name,
    kind: account.kind,
    base_url: account.baseUrl,
    api_key: account.credentialHint,
    oauth: account.oauth && { scopes: [...account.oauth.scopes], expires_at: endTime(account.oauth.expiresAt) },
    models: account.models,
    wires: account.wires && [...account.wires],
    priority: account.priority,
    weight: account.weight,
    max_concurrency: account.maxConcurrency,
    proxy: account.proxy,
    headers: Object.fromEntries(account.headerNames.map((name) => [name, '***'])),
    enabled: account.isEnabled,
    schedulable: account.isSchedulable,
    groups: [...account.groups],
    daily_budget: dailyBudgetNanos === null ? null : dollars(dailyBudgetNanos),
    tags: [...account.tags],
    notes: account.notes,
    state: account.state,
    holds: account.holds.map(({ model, untilMs, reason }) => ({ model, until: endTime(untilMs), reason })),
    problem: account.problem,
    active_calls: account.activeCalls,
    seen_limits: account.seenLimits && {
      at: isoTime(account.seenLimits.at),
      limits: account.seenLimits.limits.map(({ resetsAt, ...said }) => ({
        ...said,
        resets_at: endTime(resetsAt),
      })),
    },
    created_at: isoTime(account.createdAt),
    updated_at: isoTime(account.updatedAt),
    last_used_at: isoTime(account.lastUsedAt),
  }
}

/** Null: never, or nobody knows when. */
function endTime(at: number | null): string | null {
  return isoTime(at === Number.POSITIVE_INFINITY ? null : at)
}

export function presentProbe(probe: AccountProbe): z.output<typeof probeSchema> {
  const { ok, status, latencyMs, model, error, models: listed } = probe
  return { ok, status, latency_ms: latencyMs, model, error, models: listed === null ? null : [...listed] }
}
