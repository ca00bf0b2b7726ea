import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { type Selectable, sql } from 'kysely'

export type UsageRecord = Selectable<Tables['usage_record']>

export interface RecordQuery {
  readonly limit: number
  /** The id of the last row of the page before. */
  readonly cursor?: string | undefined
  readonly keyId?: string | undefined
  readonly userId?: string | undefined
}

/** Real cost of attempts of these calls that failed before another one served them, by request id. */
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
export async function listRecords({ database }: Store, query: RecordQuery): Promise<UsageRecord[]> {
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
  return select.orderBy('at', 'desc').orderBy('id', 'desc').limit(query.limit).execute()
}
