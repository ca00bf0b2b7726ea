import { createHash } from 'node:crypto'
import type { Price } from '@parley/contract'
import type { Usage } from '@parley/wires'
import { sql, type Transaction } from 'kysely'
import { isOutcomeUnknown } from '../store/group-commit.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { type BatchColumns, createInsert, createUpdate } from '../store/batch-sql.ts'
import { addToRollups, type CountedCall } from './rollups.ts'
import type { FailedAttempt, Planned } from './ticket.ts'
import { inputTokensOf, outputTokensOf, tokensOf } from './tokens.ts'

/**
 * The ledger's rows. A row is written when a call is admitted, noted upon while it runs, and completed when it ends.
 *
 * Guarantees: `open` resolves when the row is on disk, so no call is dispatched that a crash could make us forget;
 * `settle` changes only rows that are still open, so a row is settled at most once, whoever tries; the sums and what a user
 * has used change in the same transaction, by the rows that it did settle and no others.
 *
 * /!\ Hot path: the statements are fixed text, and many calls share one.
 */
export interface Journal extends AsyncDisposable {
  /** On disk when it returned, or when its promise resolved. Nobody else may have its id. */
  open(row: OpenRow): Promise<void> | void
  /** Whether a call of this id stands in the ledger, on a line or in the table. */
  has(id: string): Promise<boolean>
  /** What open rows have come to so far, should this process die. */
  checkpoint(rows: readonly CheckpointRow[]): Promise<void>
  /** What is going to be settled, should this process die before it is: kept where that costs little. */
  note(row: SettledRow): void
  settle(rows: readonly SettledRow[]): Promise<void>
  /** How long settlements may gather: what they change in the sums is written once for all of them. */
  readonly gatherMs: number
  /** Resolves when the table has every call that was opened so far. */
  flush(): Promise<void>
}

/** The journal that is the table itself. */
export interface TableJournal extends Journal {
  /** Rows that may be there already. */
  writeOpen(rows: readonly OpenRow[]): Promise<void>
  /** `unwritten`: open rows, by id, that may not be in the table yet. */
  settle(rows: readonly SettledRow[], unwritten?: ReadonlyMap<string, OpenRow>): Promise<void>
}

export interface OpenRow {
  readonly id: string
  readonly nodeId: string
  readonly at: number
  readonly userId: string | null
  readonly keyId: string | null
  readonly conversationId: string | null
  readonly model: string
  readonly wire: string
  readonly isStream: boolean
  readonly estimatedTokens: number
}

export interface CheckpointRow {
  readonly id: string
  readonly accountId: string | null
  readonly upstreamModel: string | null
  readonly usage: Usage
  readonly contentLength: number
}

export interface SettledRow {
  readonly id: string
  /**
   * The node that opened the row at `at`, where another call may have the id: a row that was opened otherwise is not settled.
   * Absent: the id is this call's.
   */
  readonly openedBy?: string | undefined
  readonly at: number
  readonly userId: string | null
  readonly keyId: string | null
  readonly model: string
  readonly wire: string
  readonly settledAt: number
  readonly accountId: string | null
  readonly upstreamModel: string | null
  readonly httpStatus: number | null
  readonly endReason: string
  readonly errorCode: string | null
  readonly usage: Usage
  readonly usageSource: string
  readonly contentLength: number
  readonly costNanos: number
  readonly chargedNanos: number
  readonly priceSource: string
  /** What the cost was made with; undefined when the call has none. */
  readonly price: Price | undefined
  readonly firstByteMs: number | null
  readonly durationMs: number | null
  readonly attempts: number
  readonly failedAttempts?: readonly FailedAttempt[] | undefined
  readonly planned?: Planned | undefined
}

const openColumns = [
  ['id', 'text'],
  ['node_id', 'text'],
  ['status', 'text'],
  ['at', 'bigint'],
  ['user_id', 'text'],
  ['key_id', 'text'],
  ['conversation_id', 'text'],
  ['model', 'text'],
  ['wire', 'text'],
  ['is_stream', 'bigint'],
  ['estimated_tokens', 'bigint'],
] as const satisfies BatchColumns

const usedColumns = [
  ['id', 'text'],
  ['account_id', 'text'],
  ['upstream_model', 'text'],
  ['input_tokens', 'bigint'],
  ['output_tokens', 'bigint'],
  ['cache_read_tokens', 'bigint'],
  ['cache_write_5m_tokens', 'bigint'],
  ['cache_write_1h_tokens', 'bigint'],
  ['thinking_tokens', 'bigint'],
  ['audio_input_tokens', 'bigint'],
  ['audio_output_tokens', 'bigint'],
  ['web_searches', 'bigint'],
  ['file_searches', 'bigint'],
  ['service_tier', 'text'],
  ['content_length', 'bigint'],
] as const satisfies BatchColumns

const settledColumns = [
  ...usedColumns,
  ['settled_at', 'bigint'],
  ['http_status', 'bigint'],
  ['end_reason', 'text'],
  ['error_code', 'text'],
  ['usage_source', 'text'],
  ['cost_nanos', 'bigint'],
  ['charged_nanos', 'bigint'],
  ['price_source', 'text'],
  ['price_id', 'text'],
  ['first_byte_ms', 'bigint'],
  ['duration_ms', 'bigint'],
  ['attempts', 'bigint'],
  ['plan_id', 'text'],
  ['sent_ms', 'bigint'],
] as const satisfies BatchColumns

const [, ...endColumns] = settledColumns
/** Of a row that must be the call's own. */
const ownColumns: BatchColumns = [['id', 'text'], ['node_id', 'text'], ['at', 'bigint'], ...endColumns]
/** What ends before its open row was written is one row at once. */
const wholeColumns: BatchColumns = [...openColumns, ...endColumns]
const whollyConflict = `on conflict (id) do update set status = 'settled', ${endColumns
  .map(([name]) => `${name} = excluded.${name}`)
  .join(', ')} where usage_record.status = 'open'`

export function createTableJournal(store: Store): TableJournal {
  const { kind } = store
  const table = 'usage_record'
  const insertOpen = createInsert(kind, table, openColumns)
  const insertMissing = createInsert(kind, table, openColumns, 'on conflict (id) do nothing')
  const insertWhole = createInsert(kind, table, wholeColumns, whollyConflict)
  const noteUsed = createUpdate({ kind, table, columns: usedColumns, where: `status = 'open'` })
  const set = `status = 'settled'`
  const settleOpen = createUpdate({ kind, table, columns: settledColumns, where: `status = 'open'`, set })
  const settleOwn = createUpdate({ kind, table, columns: ownColumns, keys: 3, where: `status = 'open'`, set })
  const prices = new PriceBook()
  const opening = new OpeningRows(store, async (rows, transaction) => {
    await insertOpen.run(
      rows.map((row) => openValues(row)),
      transaction,
    )
  })

  return {
    gatherMs: 20,
    open: (row) => opening.add(row),
    checkpoint: (rows) =>
      store.groupCommit.run(async (transaction) => {
        await noteUsed.run(rows.map(usedValues), transaction)
      }),
    async has(id) {
      const row = await store.database.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst()
      return row !== undefined
    },
    note() {},
    async flush() {},
    writeOpen: (rows) =>
      store.groupCommit.run(
        async (transaction) =>
          void (await insertMissing.run(
            rows.map((row) => openValues(row)),
            transaction,
          )),
      ),
    async settle(rows, unwritten = noRows) {
      const own: Values[] = []
      const whole: Values[] = []
      const others: Values[] = []
      for (const row of rows) {
        const open = unwritten.get(row.id)
        if (row.openedBy !== undefined) own.push(ownValues(row, row.openedBy, prices))
        else if (open !== undefined) whole.push(wholeValues(open, row, prices))
        else others.push(settledValues(row, prices))
      }
      await store.groupCommit.run(async (transaction) => {
        await prices.write(rows, transaction)
        const takenBack = new Set(own.length === 0 ? [] : await settleOwn.run(own, transaction))
        const settled = new Set([
          ...(whole.length === 0 ? [] : await insertWhole.run(whole, transaction)),
          ...(others.length === 0 ? [] : await settleOpen.run(others, transaction)),
        ])
        // The call that has the id now may end together with the one that is taken back.
        const written = rows.filter(({ id, openedBy }) => (openedBy === undefined ? settled : takenBack).has(id))
        await writeFailedAttempts(written, transaction)
        await addToUsers(written, transaction)
        await addToRollups(kind, written.map(countedCall), transaction)
      })
      prices.noteWritten(rows)
    },
    async [Symbol.asyncDispose]() {},
  }
}

const noRows: ReadonlyMap<string, OpenRow> = new Map()

interface Opening {
  readonly row: OpenRow
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Rows that wait for the same group commit are one statement. If that fails each is tried alone: one may be at fault. Not
 * when they may be there all the same.
 */
class OpeningRows {
  readonly #store: Store
  readonly #insert: (rows: readonly OpenRow[], transaction: Transaction<Tables>) => Promise<void>
  #waiting: Opening[] = []

  constructor(store: Store, insert: (rows: readonly OpenRow[], transaction: Transaction<Tables>) => Promise<void>) {
    this.#store = store
    this.#insert = insert
  }

  add(row: OpenRow): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject })
      if (this.#waiting.length === 1) void this.#write()
    })
  }

  async #write(): Promise<void> {
    // A work may run more than once, with the same rows; those that come in meanwhile are the next one's.
    let mine: Opening[] | undefined
    try {
      await this.#store.groupCommit.run((transaction) => {
        mine ??= this.#take()
        return this.#insert(
          mine.map(({ row }) => row),
          transaction,
        )
      })
      for (const { resolve } of mine ?? []) resolve()
    } catch (error) {
      const openings = mine ?? this.#take()
      if (isOutcomeUnknown(error)) for (const { reject } of openings) reject(error)
      else await this.#writeEach(openings, error)
    }
  }

  async #writeEach(openings: readonly Opening[], cause: unknown): Promise<void> {
    const [only] = openings
    if (openings.length === 1) return only?.reject(cause)
    const writes = openings.map(({ row, resolve, reject }) =>
      this.#store.groupCommit.run((transaction) => this.#insert([row], transaction)).then(resolve, reject),
    )
    await Promise.all(writes)
  }

  #take(): Opening[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }
}

/** Writes each price once, before the first row that was made with it. */
class PriceBook {
  readonly #ids = new WeakMap<Price, string>()
  readonly #written = new Set<string>()

  idOf(price: Price): string {
    const known = this.#ids.get(price)
    if (known !== undefined) return known
    const id = priceId(price)
    this.#ids.set(price, id)
    return id
  }

  async write(rows: readonly SettledRow[], transaction: Transaction<Tables>): Promise<void> {
    for (const { price, settledAt } of rows) {
      if (price === undefined || this.#written.has(this.idOf(price))) continue
      await transaction
        .insertInto('price_version')
        .values({
          id: this.idOf(price),
          source: price.source,
          price_json: JSON.stringify(price),
          first_used_at: settledAt,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }

  noteWritten(rows: readonly SettledRow[]): void {
    for (const { price } of rows) if (price !== undefined) this.#written.add(this.idOf(price))
  }
}

export function priceId(price: Price): string {
  const fields = Object.entries(price).sort(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url').slice(0, 22)
}

/** Of few calls: nothing is asked of the database for the others. */
async function writeFailedAttempts(rows: readonly SettledRow[], transaction: Transaction<Tables>): Promise<void> {
  for (const { id, failedAttempts } of rows) {
    if (failedAttempts === undefined) continue
    const values = failedAttempts.map(({ attempt, accountId, upstreamModel, usage, costNanos }) => ({
      request_id: id,
      attempt,
      account_id: accountId,
      upstream_model: upstreamModel,
      input_tokens: inputTokensOf(usage),
      output_tokens: outputTokensOf(usage),
      cost_nanos: costNanos,
      usage_json: JSON.stringify(usage),
    }))
    await transaction.insertInto('failed_attempt').values(values).execute()
  }
}

/** In the order of their ids, so that two nodes do not wait for each other in a circle. */
async function addToUsers(rows: readonly SettledRow[], transaction: Transaction<Tables>): Promise<void> {
  const spent = new Map<string, number>()
  for (const { userId, usage } of rows) {
    const tokens = tokensOf(usage)
    if (userId !== null && tokens > 0) spent.set(userId, (spent.get(userId) ?? 0) + tokens)
  }
  for (const [userId, tokens] of [...spent].sort(([left], [right]) => (left < right ? -1 : 1))) {
    await sql`update "user" set token_used = token_used + ${tokens} where id = ${userId}`.execute(transaction)
  }
}

export function countedCall(row: SettledRow): CountedCall {
  const { usage } = row
  const counts = [
    1,
    row.endReason === 'done' || row.endReason === 'cached' ? 0 : 1,
    usage.input + usage.audioInput,
    usage.output + usage.thinking + usage.audioOutput,
    usage.cacheRead,
    usage.cacheWrite5m + usage.cacheWrite1h,
    tokensOf(usage),
    row.costNanos,
    row.chargedNanos,
    row.durationMs ?? 0,
    row.firstByteMs ?? 0,
    row.firstByteMs === null ? 0 : 1,
  ]
  return { ...row, counts }
}

type Values = (string | number | null)[]

function wholeValues(open: OpenRow, row: SettledRow, prices: PriceBook): Values {
  const values = openValues(open, 'settled')
  addUsed(values, row)
  addEnd(values, row, prices)
  return values
}

function settledValues(row: SettledRow, prices: PriceBook): Values {
  const values = usedValues(row)
  addEnd(values, row, prices)
  return values
}

function ownValues(row: SettledRow, openedBy: string, prices: PriceBook): Values {
  const [id = null, ...values] = settledValues(row, prices)
  return [id, openedBy, row.at, ...values]
}

function usedValues(row: CheckpointRow): Values {
  const values: Values = [row.id]
  addUsed(values, row)
  return values
}

function openValues(row: OpenRow, status: 'open' | 'settled' = 'open'): Values {
  const { id, nodeId, at, userId, keyId, conversationId, model, wire, isStream, estimatedTokens } = row
  return [id, nodeId, status, at, userId, keyId, conversationId, model, wire, isStream ? 1 : 0, estimatedTokens]
}

function addUsed(values: Values, { accountId, upstreamModel, usage, contentLength }: CheckpointRow): void {
  values.push(
    accountId,
    upstreamModel,
    usage.input,
    usage.output,
    usage.cacheRead,
    usage.cacheWrite5m,
    usage.cacheWrite1h,
    usage.thinking,
    usage.audioInput,
    usage.audioOutput,
    usage.webSearches,
    usage.fileSearches,
    usage.serviceTier,
    contentLength,
  )
}

function addEnd(values: Values, row: SettledRow, prices: PriceBook): void {
  values.push(
    row.settledAt,
    row.httpStatus,
    row.endReason,
    row.errorCode,
    row.usageSource,
    row.costNanos,
    row.chargedNanos,
    row.priceSource,
    row.price === undefined ? null : prices.idOf(row.price),
    row.firstByteMs,
    row.durationMs,
    row.attempts,
    row.planned?.planId ?? null,
    row.planned?.sentMs ?? null,
  )
}
