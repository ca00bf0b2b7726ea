import { CompiledQuery, type Transaction } from 'kysely'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

/**
 * The ledger's rows. A row is written when a call is admitted and completed when it ends; both go through the group commit.
 *
 * Guarantees: `open` resolves when the row is on disk, so no call is dispatched that a crash could make us forget;
 * `settle` changes only a row that is still open, so a row is settled at most once, whoever tries; what a user has used
 * changes in the same transaction as the row that says why.
 *
 * /!\ Hot path: the statements are fixed text, compiled once, not built by the query builder for each call.
 */
export interface Journal {
  open(row: OpenRow): Promise<void>
  settle(row: SettledRow): Promise<void>
  /** Settles what dead nodes left open; gives the number of rows. */
  recover(deadNodeIds: readonly string[], now: number): Promise<number>
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

export interface SettledRow {
  readonly id: string
  readonly userId: string | null
  readonly settledAt: number
  readonly accountId: string | null
  readonly upstreamModel: string | null
  readonly httpStatus: number
  readonly endReason: string
  readonly errorCode: string | null
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWrite5mTokens: number
  readonly cacheWrite1hTokens: number
  readonly thinkingTokens: number
  readonly audioInputTokens: number
  readonly audioOutputTokens: number
  readonly usageSource: string
  readonly costNanos: number
  readonly priceSource: string
  readonly firstByteMs: number | null
  readonly durationMs: number
  readonly attempts: number
}

const openColumns = [
  'id',
  'node_id',
  'status',
  'at',
  'user_id',
  'key_id',
  'conversation_id',
  'model',
  'wire',
  'is_stream',
  'estimated_tokens',
] as const satisfies readonly (keyof Tables['usage_record'])[]

const settleColumns = [
  'settled_at',
  'account_id',
  'upstream_model',
  'http_status',
  'end_reason',
  'error_code',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'thinking_tokens',
  'audio_input_tokens',
  'audio_output_tokens',
  'usage_source',
  'cost_nanos',
  'price_source',
  'first_byte_ms',
  'duration_ms',
  'attempts',
] as const satisfies readonly (keyof Tables['usage_record'])[]

export function createJournal(store: Store, nodeId: string): Journal {
  const mark = store.kind === 'postgres' ? (index: number) => `$${index}` : () => '?'
  const openSql = `insert into usage_record (${openColumns.join(', ')}) values (${openColumns.map((_, index) => mark(index + 1)).join(', ')})`
  const settleSql = `update usage_record set status = 'settled', ${settleColumns
    .map((column, index) => `${column} = ${mark(index + 1)}`)
    .join(', ')} where id = ${mark(settleColumns.length + 1)} and status = 'open'`
  const spendSql = `update "user" set token_used = token_used + ${mark(1)} where id = ${mark(2)}`

  return {
    open: (row) =>
      store.groupCommit.run(async (transaction) => {
        await transaction.executeQuery(CompiledQuery.raw(openSql, openValues(row)))
      }),
    settle: (row) =>
      store.groupCommit.run(async (transaction) => {
        const { numAffectedRows } = await transaction.executeQuery(CompiledQuery.raw(settleSql, settleValues(row)))
        const tokens = tokensOf(row)
        if (numAffectedRows === 1n && row.userId !== null && tokens > 0) {
          await transaction.executeQuery(CompiledQuery.raw(spendSql, [tokens, row.userId]))
        }
      }),
    recover: (deadNodeIds, now) =>
      store.transaction((transaction) => recover(transaction, deadNodeIds, now)),
  }
}

/** Everything that was counted, as a quota sees it. */
export function tokensOf(row: SettledRow): number {
  return (
    row.inputTokens +
    row.outputTokens +
    row.cacheReadTokens +
    row.cacheWrite5mTokens +
    row.cacheWrite1hTokens +
    row.thinkingTokens +
    row.audioInputTokens +
    row.audioOutputTokens
  )
}

function openValues(row: OpenRow): unknown[] {
  const { id, nodeId, at, userId, keyId, conversationId, model, wire, isStream, estimatedTokens } = row
  return [id, nodeId, 'open', at, userId, keyId, conversationId, model, wire, isStream ? 1 : 0, estimatedTokens]
}

function settleValues(row: SettledRow): unknown[] {
  return [
    row.settledAt,
    row.accountId,
    row.upstreamModel,
    row.httpStatus,
    row.endReason,
    row.errorCode,
    row.inputTokens,
    row.outputTokens,
    row.cacheReadTokens,
    row.cacheWrite5mTokens,
    row.cacheWrite1hTokens,
    row.thinkingTokens,
    row.audioInputTokens,
    row.audioOutputTokens,
    row.usageSource,
    row.costNanos,
    row.priceSource,
    row.firstByteMs,
    row.durationMs,
    row.attempts,
    row.id,
  ]
}

/**
 * A dead node's calls: it cannot be known what they used, so each is charged the input that was sent, which is the least
 * that the upstream has worked on, and marked as an estimate.
 */
async function recover(transaction: Transaction<Tables>, nodeIds: readonly string[], now: number): Promise<number> {
  const rows = await transaction
    .updateTable('usage_record')
    .set((expression) => ({
      status: 'settled' as const,
      settled_at: now,
      end_reason: 'interrupted',
      usage_source: 'estimate',
      input_tokens: expression.ref('estimated_tokens'),
    }))
    .where('status', '=', 'open')
    .where('node_id', 'in', nodeIds)
    .returning(['user_id', 'estimated_tokens'])
    .execute()
  const spent = new Map<string, number>()
  for (const { user_id, estimated_tokens } of rows) {
    if (user_id !== null) spent.set(user_id, (spent.get(user_id) ?? 0) + estimated_tokens)
  }
  for (const [userId, tokens] of spent) {
    await transaction
      .updateTable('user')
      .set((expression) => ({ token_used: expression('token_used', '+', tokens) }))
      .where('id', '=', userId)
      .execute()
  }
  return rows.length
}
