import { z } from 'zod'
import { accountKinds } from '../upstreams/account.ts'
import type { ApiInstance } from '../http/api.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Dimension } from '../ledger/rollups.ts'
import type { AccountAdmin, AccountDetails } from '../upstreams/account-admin.ts'
import { presentRow, presentSums, usageRowSchema, usageSumsSchema } from './usage-sums-schema.ts'

const states = ['ready', 'paused', 'limited', 'out', 'broken'] as const
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const topCount = 10

export const dashboardSchema = z
  .object({
    at: z.string(),
    today: usageSumsSchema.describe('since midnight UTC'),
    this_month: usageSumsSchema,
    hours: z.array(usageRowSchema).describe('the last 24'),
    days: z.array(usageRowSchema).describe('the last 30'),
    requests_per_minute: z.number().describe('over the last five whole minutes'),
    tokens_per_minute: z.number(),
    top: z
      .object({
        models: z.array(usageRowSchema),
        keys: z.array(usageRowSchema),
        users: z.array(usageRowSchema),
        accounts: z.array(usageRowSchema),
      })
      .describe('by tokens, this month'),
    accounts: z.object({
      by_state: z.record(z.enum(states), z.int()),
      active_calls: z.int().describe('on this server'),
      list: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          kind: z.enum(accountKinds),
          state: z.enum(states),
          active_calls: z.int(),
        }),
      ),
    }),
  })
  .meta({ id: 'Dashboard' })

export interface DashboardParts {
  readonly ledger: Pick<Ledger, 'statistics'>
  readonly accounts: Pick<AccountAdmin, 'list'>
  readonly clock: () => number
}

/** Everything that the first page of an operator shows, from sums and memory: no query looks at single calls. */
export function dashboardRoutes(parts: DashboardParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/dashboard',
      {
        config: { access: 'admin' },
        schema: { tags: ['admin'], summary: 'How it goes', response: { 200: dashboardSchema } },
      },
      () => readDashboard(parts),
    )
  }
}

async function readDashboard({ ledger, accounts, clock }: DashboardParts): Promise<z.output<typeof dashboardSchema>> {
  const { statistics } = ledger
  const now = clock()
  const since = (per: 'hour' | 'day', from: number) =>
    statistics.report({ by: 'all', per, from, to: now + 1, limit: 1000 })
  const sum = (per: 'day' | 'month') => statistics.total({ by: 'all', per, from: now, to: now + 1 })
  const top = async (by: Dimension) => (await statistics.top({ by, month: now, limit: topCount })).map(presentRow)
  const [today, thisMonth, hours, days, rate] = await Promise.all([
    sum('day'),
    sum('month'),
    since('hour', now - 23 * hourMs),
    since('day', now - 29 * dayMs),
    statistics.lastMinutes(5, now),
  ])
  const [models, keys, users, topAccounts] = await Promise.all([top('model'), top('key'), top('user'), top('account')])
  return {
    at: new Date(now).toISOString(),
    today: presentSums(today),
    this_month: presentSums(thisMonth),
    hours: hours.map(presentRow),
    days: days.map(presentRow),
    requests_per_minute: rate.requests,
    tokens_per_minute: rate.tokens,
    top: { models, keys, users, accounts: topAccounts },
    accounts: presentAccounts(accounts.list()),
  }
}

function presentAccounts(accounts: readonly AccountDetails[]): z.output<typeof dashboardSchema>['accounts'] {
  const inState = (state: (typeof states)[number]) => accounts.filter((account) => account.state === state).length
  return {
    by_state: {
      ready: inState('ready'),
      paused: inState('paused'),
      limited: inState('limited'),
      out: inState('out'),
      broken: inState('broken'),
    },
    active_calls: accounts.reduce((sum, { activeCalls }) => sum + activeCalls, 0),
    list: accounts.map(({ id, name, kind, state, activeCalls }) => ({
      id,
      name,
      kind,
      state,
      active_calls: activeCalls,
    })),
  }
}
