import type { Price } from '@parley/contract'
import type { Selectable, Transaction } from 'kysely'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { Corrections } from './corrections.ts'
import { costOf, type PriceOf } from './cost.ts'
import { inputTokensOf } from './tokens.ts'
import { priceId } from './journal.ts'
import type { Booking, Limits } from './limits.ts'
import type { Multipliers } from './multipliers.ts'
import { priceOfRow, usageOfRow } from './row-price.ts'
import { addToRollups, counterColumns } from './rollups.ts'
import { nothing } from './used-within.ts'

export interface RepriceQuery {
  readonly from: number
  /** Not included. */
  readonly to: number
  readonly model?: string | undefined
}

export interface RepriceResult {
  readonly calls: number
  readonly changed: number
  readonly costBeforeNanos: number
  readonly costAfterNanos: number
}

export interface RepriceOptions {
  readonly store: Store
  readonly limits: Pick<Limits, 'adopt' | 'settle'>
  readonly corrections: Pick<Corrections, 'note'>
  readonly multipliers: Multipliers
  readonly priceOf: PriceOf
  readonly now: () => number
}

type Row = Selectable<Tables['usage_record']>

const batchSize = 200

/**
 * Gives calls of the past the prices and multipliers of today, and corrects their sums in the same transactions and the
 * limits in which they count right after. Prices change for the future by themselves; this is for a price that was wrong,
 * and only ever done when somebody asks for it. What was left undone by a crash is done by asking again.
 */
export async function reprice(query: RepriceQuery, options: RepriceOptions): Promise<RepriceResult> {
  const { store } = options
  const result = { calls: 0, changed: 0, costBeforeNanos: 0, costAfterNanos: 0 }
  let last: Pick<Row, 'at' | 'id'> = { at: query.from, id: '' }
  for (;;) {
    const rows = await nextRows(store, query, last)
    const newest = rows.at(-1)
    if (newest === undefined) return result
    last = newest
    const all = rows.map((row) => priceAgain(row, options))
    const changes = await changesOf(all.filter(isChanged), options)
    const corrected = await store.transaction(async (transaction) => {
      const done: Change[] = []
      for (const change of changes) if (await correct(change, { ...options, transaction })) done.push(change)
      if (done.length > 0) await options.corrections.note(transaction)
      return done
    })
    for (const { row, chargedNanos, booking } of corrected)
      await options.limits.settle(booking, { ...nothing, cost: chargedNanos - row.charged_nanos }, 'part')
    result.calls += rows.length
    result.changed += corrected.length
    for (const { row, costNanos } of all) {
      result.costBeforeNanos += row.cost_nanos
      result.costAfterNanos += costNanos
    }
  }
}

function isChanged({ row, price, costNanos, chargedNanos }: Repriced): boolean {
  const isSame = costNanos === row.cost_nanos && chargedNanos === row.charged_nanos
  return !isSame || (price === undefined ? null : priceId(price)) !== row.price_id
}

interface Change extends Repriced {
  readonly booking: Booking
}

/** The limits are asked for before anything is written: what is booked on them afterwards is not in their seeds. */
async function changesOf(repriced: readonly Repriced[], { limits }: RepriceOptions): Promise<Change[]> {
  const changes: Change[] = []
  for (const each of repriced) {
    const { id, at, key_id: keyId, user_id: userId, account_id: accountId, model } = each.row
    const { parts } = await limits.adopt({ id, at, keyId, userId, accountId, model })
    changes.push({ ...each, booking: { id: '', parts: parts.filter(({ limit }) => limit.what === 'cost') } })
  }
  return changes
}

function nextRows(store: Store, { to, model }: RepriceQuery, last: Pick<Row, 'at' | 'id'>): Promise<Row[]> {
  let select = store.database
    .selectFrom('usage_record')
    .selectAll()
    .where('status', '=', 'settled')
    .where((where) =>
      where.or([where('at', '>', last.at), where.and([where('at', '=', last.at), where('id', '>', last.id)])]),
    )
    .where('at', '>=', last.at)
    .where('at', '<', to)
    .orderBy('at')
    .orderBy('id')
    .limit(batchSize)
  if (model !== undefined) select = select.where('model', '=', model)
  return select.execute()
}

interface Repriced {
  readonly row: Row
  readonly price: Price | undefined
  readonly costNanos: number
  readonly chargedNanos: number
}

function priceAgain(row: Row, { priceOf, multipliers }: RepriceOptions): Repriced {
  const usage = usageOfRow(row)
  const price = priceOfRow(row, inputTokensOf(usage), priceOf)
  const costNanos = price === undefined ? 0 : costOf(usage, price)
  const chargedNanos = multipliers.charge(costNanos, { keyId: row.key_id, userId: row.user_id })
  return { row, price, costNanos, chargedNanos }
}

/** False: another correction was quicker. */
async function correct(
  { row, price, costNanos, chargedNanos }: Repriced,
  { store, now, transaction }: RepriceOptions & { readonly transaction: Transaction<Tables> },
): Promise<boolean> {
  if (price !== undefined) {
    const version = {
      id: priceId(price),
      source: price.source,
      price_json: JSON.stringify(price),
      first_used_at: now(),
    }
    await transaction
      .insertInto('price_version')
      .values(version)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  const { numUpdatedRows } = await transaction
    .updateTable('usage_record')
    .set({
      cost_nanos: costNanos,
      charged_nanos: chargedNanos,
      price_source: price?.source ?? 'unpriced',
      price_id: price === undefined ? null : priceId(price),
    })
    .where('id', '=', row.id)
    .where('cost_nanos', '=', row.cost_nanos)
    .where('charged_nanos', '=', row.charged_nanos)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return false
  const differences: { readonly [column: string]: number } = {
    cost_nanos: costNanos - row.cost_nanos,
    charged_nanos: chargedNanos - row.charged_nanos,
  }
  const call = {
    at: row.at,
    userId: row.user_id,
    keyId: row.key_id,
    accountId: row.account_id,
    model: row.model,
    wire: row.wire,
    counts: counterColumns.map((column) => differences[column] ?? 0),
  }
  await addToRollups(store.kind, [call], transaction)
  return true
}
