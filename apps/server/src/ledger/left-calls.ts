import type { Usage } from '@parley/wires'
import { type Selectable, sql } from 'kysely'
import { bookedKeptMs } from '../state/budgets.ts'
import { databaseTime } from '../store/node.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { Background } from './background.ts'
import { costOf, type PriceOf } from './cost.ts'
import { estimateTokens } from './estimate.ts'
import type { Journal, SettledRow } from './journal.ts'
import type { Booking, Limits } from './limits.ts'
import type { Multipliers } from './multipliers.ts'
import { priceOfRow, usageOfRow } from './row-price.ts'
import { inputTokensOf, outputTokensOf, tokensOf } from './tokens.ts'

export interface LeftCallsOptions {
  readonly store: Store
  readonly journal: Journal
  readonly limits: Limits
  readonly multipliers: Multipliers
  readonly priceOf: PriceOf
  readonly background: Background
  readonly now: () => number
}

const batchSize = 200
/** Before the last sign of life of a node: calls that ended then are looked at for the alerts that they owe. */
const lastCallsMs = 900_000
/** Rows are found by when calls began: no call is longer. */
const longestCallMs = 24 * 3_600_000

/** Settles the rows of nodes that are dead, and sees to the alerts that they owed. Gives the number of rows. */
export function createRecovery(options: LeftCallsOptions): (deadNodeIds: readonly string[]) => Promise<number> {
  const lookedAt = new Set<string>()

  async function lookAt(nodeIds: readonly string[]): Promise<void> {
    for (const id of nodeIds) lookedAt.add(id)
    try {
      await lookAtLastCalls(nodeIds, options)
    } catch (error) {
      for (const id of nodeIds) lookedAt.delete(id)
      throw error
    }
  }
  return async (deadNodeIds) => {
    if (deadNodeIds.length === 0) return 0
    const count = await settleLeftCalls(deadNodeIds, options)
    const newlyDead = deadNodeIds.filter((id) => !lookedAt.has(id))
    if (newlyDead.length > 0)
      options.background.run(() => lookAt(newlyDead), 'alerts of dead nodes could not be looked for')
    return count
  }
}

/**
 * Settles the calls that dead nodes left open, from their last checkpoint: at least the input that was sent, because the
 * upstream worked on it, and what had been streamed. What is not known is never zero. Several nodes may do it at once:
 * each row is settled by one of them.
 */
async function settleLeftCalls(nodeIds: readonly string[], options: LeftCallsOptions): Promise<number> {
  let count = 0
  for (;;) {
    const open = await openRows(nodeIds, options.store)
    if (open.length === 0) return count
    await settleLeft(open, options)
    count += open.length
  }
}

function openRows(nodeIds: readonly string[], { database }: Store): Promise<LeftRow[]> {
  return database
    .selectFrom('usage_record')
    .selectAll()
    .where('status', '=', 'open')
    .where('node_id', 'in', nodeIds)
    .limit(batchSize)
    .execute()
}

/** What the calls used is booked when it is in the rows, on budgets that were known before it was. */
async function settleLeft(open: readonly LeftRow[], options: LeftCallsOptions): Promise<void> {
  const { journal, limits, store } = options
  const silent = await silentNodes(store)
  const rows = open.map((row) => interrupted(row, options))
  const bookings: Booking[] = []
  for (const row of rows) bookings.push(await limits.adopt(row))
  await journal.settle(rows)
  for (const [index, { usage, chargedNanos }] of rows.entries()) {
    const booking = bookings[index]
    if (booking === undefined) continue
    const stage = silent.has(open[index]?.node_id ?? '') ? 'late' : 'left'
    await limits.settle(booking, { requests: 1, tokens: tokensOf(usage), cost: chargedNanos }, stage)
  }
}

/** Those that have not been heard of for so long that what they had booked is not known any more. */
async function silentNodes({ database, kind }: Store): Promise<ReadonlySet<string>> {
  const before = sql<number>`${databaseTime(kind)} - ${bookedKeptMs / 2}`
  const nodes = await database.selectFrom('node').select('id').where('heartbeat_at', '<', before).execute()
  return new Set(nodes.map(({ id }) => id))
}

/** A node that was killed may have owed alerts of calls that it had settled itself: those of its last calls are looked at. */
async function lookAtLastCalls(nodeIds: readonly string[], { store, limits }: LeftCallsOptions): Promise<void> {
  const { database, reports } = store
  const killed = await database
    .selectFrom('node')
    .select(['id', 'heartbeat_at'])
    .where('id', 'in', nodeIds)
    .where('stopped_at', 'is', null)
    .execute()
  for (const { id, heartbeat_at: heartbeatAt } of killed) {
    const diedAt = Number(heartbeatAt)
    const calls = await reports
      .selectFrom('usage_record')
      .select((select) => [
        'key_id as keyId',
        'user_id as userId',
        'account_id as accountId',
        'model',
        select.fn.max<number>('at').as('at'),
      ])
      .where('at', '>=', diedAt - longestCallMs)
      .where('settled_at', '>=', diedAt - lastCallsMs)
      .where('node_id', '=', id)
      .groupBy(['key_id', 'user_id', 'account_id', 'model'])
      .execute()
    for (const call of calls) await limits.look({ ...call, id })
  }
}

type LeftRow = Selectable<Tables['usage_record']>

function interrupted(row: LeftRow, options: LeftCallsOptions): SettledRow {
  const usage = usageOf(row)
  const price = priceOfRow(row, inputTokensOf(usage), options.priceOf)
  const costNanos = price === undefined ? 0 : costOf(usage, price)
  return {
    id: row.id,
    at: row.at,
    userId: row.user_id,
    keyId: row.key_id,
    model: row.model,
    wire: row.wire,
    settledAt: options.now(),
    accountId: row.account_id,
    upstreamModel: row.upstream_model,
    httpStatus: row.http_status,
    endReason: 'interrupted',
    errorCode: row.error_code,
    usage,
    usageSource: 'estimate',
    contentLength: row.content_length,
    costNanos,
    chargedNanos: options.multipliers.charge(costNanos, { keyId: row.key_id, userId: row.user_id }),
    price,
    priceSource: price?.source ?? 'unpriced',
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
    attempts: row.attempts,
  }
}

function usageOf(row: LeftRow): Usage {
  const said = usageOfRow(row)
  const input = inputTokensOf(said) === 0 ? row.estimated_tokens : said.input
  const streamed = estimateTokens(row.content_length)
  return { ...said, input, output: said.output + Math.max(0, streamed - outputTokensOf(said)) }
}
