import { type CallOutcome, outcomeReasons } from '@parley/contract'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'

export type UsageRecord = Selectable<Tables['usage_record']>

export interface RecordQuery {
  readonly limit: number
  /** The id of the last row of the page before. */
  readonly cursor?: string | undefined
  readonly keyId?: string | undefined
  readonly userId?: string | undefined
  readonly outcome?: CallOutcome | undefined
}

/** Real cost of what nobody was charged for, by request id: attempts that failed, and what passed the call's limits. */
export async function failedCosts(store: Store, requestIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (requestIds.length === 0) return new Map()
  const rows = await store.database
    .selectFrom('failed_attempt')
    .select((select) => ['request_id', select.fn.sum<number | string>('cost_nanos').as('cost')])
    .where('request_id', 'in', requestIds)
    .groupBy('request_id')
    .execute()
  return new Map(rows.map(({ request_id: id, cost }) => [id, Number(cost)]))
}

/** The ledger's rows, newest first. A page begins behind the last row of the page before, found by an index: no offset. */
export async function listRecords(store: Store, query: RecordQuery): Promise<UsageRecord[]> {
  const { database } = store
  let select = database.selectFrom('usage_record').selectAll()
  if (query.cursor !== undefined) {
    const last = await database
      .selectFrom('usage_record')
      .select(['at', 'id'])
      .where('id', '=', query.cursor)
      .executeTakeFirst()
    if (last === undefined) return []
    select = select.where(sql<boolean>`(at, id) < (${last.at}, ${last.id})`)
  }
  if (query.keyId !== undefined) select = select.where('key_id', '=', query.keyId)
  if (query.userId !== undefined) select = select.where('user_id', '=', query.userId)
  if (query.outcome === 'done') select = select.where('end_reason', 'in', outcomeReasons.done)
  else if (query.outcome !== undefined) return listEnded(store, select, outcomeReasons[query.outcome], query.limit)
  return select.orderBy('at', 'desc').orderBy('id', 'desc').limit(query.limit).execute()
}

type Select = SelectQueryBuilder<Tables, 'usage_record', UsageRecord>

/** Of each reason as many as a page has, each from its place in an index of those that are not done; of these the newest. */
function listEnded(
  { database }: Store,
  select: Select,
  reasons: readonly string[],
  limit: number,
): Promise<UsageRecord[]> {
  const pages = reasons.map((reason) =>
    database
      .selectFrom(
        select
          .where('end_reason', '=', reason)
          .where('end_reason', '<>', sql.lit('done'))
          .where('end_reason', '<>', sql.lit('cached'))
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .as('page'),
      )
      .selectAll(),
  )
  const all = pages.reduce((before, page) => before.unionAll(page))
  return all.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}
