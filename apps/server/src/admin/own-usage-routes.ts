import { dollars, isRenewed, type Limit, limitPers, limitWhats, ParleyError, shownAmount } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { listQuery } from '../http/page-query.ts'
import type { KeyAdmin } from '../keys/create-keys.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { LimitRule } from '../ledger/limit-rules.ts'
import type { LimitState } from '../ledger/limits.ts'
import { listRecords } from '../ledger/records.ts'
import type { Store } from '../store/store.ts'
import { ownFilter, presentRecords, recordSchema, recordsPage } from './usage-routes.ts'
import { presentRow, usageRowSchema } from './usage-sums-schema.ts'

const config = { access: 'user' } as const
const tags = ['usage']
const dayMs = 24 * 3_600_000

const seriesQuery = listQuery({
  per: z.enum(['hour', 'day', 'month']).default('day'),
  from: z.iso.datetime({ offset: true }).or(z.iso.date()).optional().describe('Thirty days ago unless given.'),
  key_id: z.string().max(64).optional().describe('Only this key of one’s own.'),
})

export const ownLimitSchema = z
  .object({
    scope: z.enum(['own', 'member', 'group']).describe('member: of each in the group; group: of all in it together.'),
    what: z.enum(limitWhats),
    per: z.enum(limitPers),
    max: z.number().describe('US dollars for cost'),
    used: z.number(),
    remaining: z.number(),
    resets_at: z.string().nullable(),
  })
  .meta({ id: 'OwnLimit' })

export interface OwnUsageParts {
  readonly store: Store
  readonly ledger: Pick<Ledger, 'flush' | 'statistics' | 'rules' | 'limitsOf'>
  readonly keys: Pick<KeyAdmin, 'get'>
  readonly clock: () => number
}

/** `/user/…`: what one has used, over time and call by call, and what is left. Costs are what one is charged. */
export function ownUsageRoutes(parts: OwnUsageParts) {
  return (app: ApiInstance): void => {
    seriesRoute(app, parts)
    recordsRoute(app, parts)
    limitsRoute(app, parts)
  }
}

function seriesRoute(app: ApiInstance, { ledger, keys, clock }: OwnUsageParts): void {
  app.get(
    '/user/usage/series',
    {
      config,
      schema: {
        tags,
        summary: 'My usage over time',
        querystring: seriesQuery,
        response: { 200: z.array(usageRowSchema) },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const { per, key_id: keyId } = request.query
      await assertOwnKey(keyId, userId, keys)
      const to = clock() + 1
      const from = request.query.from === undefined ? to - 30 * dayMs : Date.parse(request.query.from)
      const mine = { by: 'user', subject: userId } as const
      const whose = keyId === undefined ? mine : ({ by: 'key', subject: keyId } as const)
      const rows = await ledger.statistics.report({ ...whose, per, from, to, limit: 1000 })
      return rows.map((row) => ({ ...presentRow(row), cost_usd: dollars(row.chargedNanos) }))
    },
  )
}

function recordsRoute(app: ApiInstance, { store, ledger, keys }: OwnUsageParts): void {
  app.get(
    '/user/usage/records',
    {
      config,
      schema: {
        tags,
        summary: 'My calls, newest first',
        description: 'Without what is the operator’s business: accounts, upstream names and prices.',
        querystring: listQuery({ ...recordsPage, ...ownFilter }),
        response: { 200: z.array(recordSchema) },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const { limit, cursor, key_id: keyId, outcome } = request.query
      await assertOwnKey(keyId, userId, keys)
      // Whoever has just made a call finds it.
      await ledger.flush()
      const records = await presentRecords(store, await listRecords(store, { limit, cursor, keyId, userId, outcome }))
      return records.map((record) => ({ ...record, ...operators, cost_usd: record.charged_usd }))
    },
  )
}

const operators = {
  account_id: null,
  upstream_model: null,
  cost_nanos: 0,
  failed_cost_nanos: 0,
  price_source: null,
  price_id: null,
}

function limitsRoute(app: ApiInstance, { ledger }: OwnUsageParts): void {
  app.get(
    '/user/limits',
    { config, schema: { tags, summary: 'My limits, and what is left', response: { 200: z.array(ownLimitSchema) } } },
    async (request) => {
      const { userId } = principalOf(request)
      const own = ledger.rules.ofUser(userId)
      const shared = ledger.rules.ofGroupOf(userId)
      const groupId = shared[0]?.subjectId
      const [ownStates, sharedStates] = await Promise.all([
        ledger.limitsOf({ kind: 'user', id: userId }, own),
        groupId === undefined ? [] : ledger.limitsOf({ kind: 'group', id: groupId }, shared),
      ])
      return [...ownStates, ...sharedStates].map(presentLimit)
    },
  )
}

function presentLimit({ limit, window, used, held }: LimitState): z.output<typeof ownLimitSchema> {
  const { what, per, max } = limit
  const amount = (value: number) => shownAmount(what, value)
  return {
    scope: scopeOf(limit),
    what,
    per,
    max: amount(max),
    used: amount(used + held),
    remaining: amount(Math.max(0, max - used - held)),
    resets_at: isRenewed(limit) ? new Date(window.end).toISOString() : null,
  }
}

function scopeOf(limit: Limit | LimitRule): 'own' | 'member' | 'group' {
  const kind = 'subjectKind' in limit ? limit.subjectKind : 'user'
  return kind === 'group' || kind === 'member' ? kind : 'own'
}

async function assertOwnKey(keyId: string | undefined, userId: string, keys: Pick<KeyAdmin, 'get'>): Promise<void> {
  if (keyId !== undefined && (await keys.get(keyId)).userId !== userId) throw new ParleyError('forbidden')
}
