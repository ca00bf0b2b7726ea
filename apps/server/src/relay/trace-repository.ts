import { createInsert } from '../ledger/batch-sql.ts'
import type { Store } from '../store/store.ts'
import type { CallTrace } from './trace.ts'

/** So many at once, so that removing never holds up the calls. */
const removedAtOnce = 2000

/** `json`: a `CallTrace`. */
export interface TraceRow {
  readonly id: string
  readonly json: string
}

export function createTraceRepository(store: Store) {
  const insert = createInsert(store.kind, 'call_trace', [
    ['id', 'text'],
    ['at', 'bigint'],
    ['trace_json', 'text'],
  ])
  return {
    async insert(traces: readonly TraceRow[], now: number): Promise<void> {
      const rows = traces.map(({ id, json }) => [id, now, json] as const)
      await store.groupCommit.run(async (transaction) => void (await insert.run(rows, transaction)))
    },

    async tryFind(id: string): Promise<CallTrace | undefined> {
      const row = await store.database
        .selectFrom('call_trace')
        .select('trace_json')
        .where('id', '=', id)
        .executeTakeFirst()
      return row && (JSON.parse(row.trace_json) as CallTrace)
    },

    async removeBefore(at: number): Promise<void> {
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
