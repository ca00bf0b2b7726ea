import { createInsert } from '../store/batch-sql.ts'
import type { Store } from '../store/store.ts'
import { type CallPlan, type CallTrace, plannedTrace } from './trace.ts'

/** So many at once, so that removing never holds up the calls. */
const removedAtOnce = 2000

/** `json`: a `CallTrace`. */
export interface TraceRow {
  readonly id: string
  readonly json: string
}

/** `json`: a `CallPlan`. */
export interface PlanRow {
  readonly id: string
  readonly json: string
  readonly usedAt: number
}

export function createTraceRepository(store: Store) {
  const insertTraces = createInsert(store.kind, 'call_trace', [
    ['id', 'text'],
    ['at', 'bigint'],
    ['trace_json', 'text'],
  ])
  const writePlans = createInsert(
    store.kind,
    'call_plan',
    [
      ['id', 'text'],
      ['plan_json', 'text'],
      ['used_at', 'bigint'],
    ],
    'on conflict (id) do update set used_at = excluded.used_at',
  )
  return {
    async insert(traces: readonly TraceRow[], now: number): Promise<void> {
      const rows = traces.map(({ id, json }) => [id, now, json] as const)
      await store.groupCommit.run(async (transaction) => void (await insertTraces.run(rows, transaction)))
    },

    /** In one order everywhere, so that two nodes do not wait for each other in a circle. */
    async writePlans(plans: readonly PlanRow[]): Promise<void> {
      const sorted = [...plans].sort((left, right) => (left.id < right.id ? -1 : 1))
      const rows = sorted.map(({ id, json, usedAt }) => [id, json, usedAt] as const)
      await store.groupCommit.run(async (transaction) => void (await writePlans.run(rows, transaction)))
    },

    async tryFind(id: string): Promise<CallTrace | undefined> {
      const row = await store.database
        .selectFrom('call_trace')
        .select('trace_json')
        .where('id', '=', id)
        .executeTakeFirst()
      return row && (JSON.parse(row.trace_json) as CallTrace)
    },

    /** Of a call that began at `since` or later and went as planned. */
    async tryFindPlanned(id: string, since: number): Promise<CallTrace | undefined> {
      const row = await store.database
        .selectFrom('usage_record as call')
        .innerJoin('call_plan as plan', 'plan.id', 'call.plan_id')
        .select(['call.id', 'call.at', 'call.model', 'call.wire', 'call.is_stream', 'call.account_id'])
        .select(['call.upstream_model', 'call.http_status', 'call.first_byte_ms', 'call.duration_ms', 'call.sent_ms'])
        .select('plan.plan_json')
        .where('call.id', '=', id)
        .where('call.at', '>=', since)
        .executeTakeFirst()
      return row && plannedTrace(row, JSON.parse(row.plan_json) as CallPlan)
    },

    /** Plans that were in use `planLifetimeMs` later than said are spared. */
    async removeBefore(at: number, planLifetimeMs: number): Promise<void> {
      await store.database
        .deleteFrom('call_plan')
        .where('used_at', '<', at - planLifetimeMs)
        .execute()
      for (;;) {
        const { numDeletedRows } = await store.database
          .deleteFrom('call_trace')
          .where('id', 'in', (builder) =>
            builder.selectFrom('call_trace').select('id').where('at', '<', at).limit(removedAtOnce),
          )
          .executeTakeFirst()
        if (numDeletedRows < BigInt(removedAtOnce)) return
      }
    },
  }
}
