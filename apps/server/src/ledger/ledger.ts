import { ParleyError } from '@parley/contract'
import type { Usage } from '@parley/wires'
import type { FastifyBaseLogger } from 'fastify'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { createJournal, type SettledRow, tokensOf } from './journal.ts'
import { createLimits, type HeldLimits, type Limit } from './limits.ts'
import { createQuotaBook } from './quota.ts'

/**
 * Who used what: one row for each admitted call, opened before it is sent and settled when it ended.
 *
 * Guarantees: when `open` resolves the call is on disk and within every limit; `settle` never fails the call and is
 * repeated until it is on disk; rows that a dead process left open are settled by `recover`.
 */
export interface Ledger extends AsyncDisposable {
  /** Throws quota_exhausted, limit_reached, concurrency_full. */
  open(entry: OpenEntry): Promise<Ticket>
  /** Books what was used. Returns at once; the row is written with the next group commit. */
  settle(ticket: Ticket, settlement: Settlement): void
  /** Settles the rows that dead nodes left open; gives their number. */
  recover(deadNodeIds: readonly string[]): Promise<number>
  /** Resolves when every settlement so far is on disk. */
  flush(): Promise<void>
}

export interface OpenEntry {
  readonly requestId: string
  readonly userId: string | null
  readonly keyId: string | null
  readonly conversationId: string | null
  readonly model: string
  readonly wire: string
  readonly isStream: boolean
  /** Estimate of what the request itself will count. */
  readonly inputTokens: number
  readonly limits: readonly Limit[]
}

/** An admitted call: the right to be settled once. */
export interface Ticket {
  readonly requestId: string
  readonly userId: string | null
  readonly inputTokens: number
  readonly held: HeldLimits
}

export interface Settlement {
  readonly endReason: string
  readonly httpStatus: number
  readonly errorCode: string | null
  readonly usage: Usage
  readonly usageSource: string
  readonly costNanos: number
  readonly priceSource: string
  readonly accountId: string | null
  readonly upstreamModel: string | null
  readonly attempts: number
  readonly firstByteMs: number | null
  readonly durationMs: number
}

export interface LedgerOptions {
  readonly store: Store
  readonly state: State
  readonly nodeId: string
  readonly log: FastifyBaseLogger
  readonly now?: () => number
}

/** What a reply usually adds, reserved on top of the request until the truth is known. */
const usualOutputTokens = 500
const settleAttempts = 5

export function createLedger({ store, state, nodeId, log, now = Date.now }: LedgerOptions): Ledger {
  const journal = createJournal(store, nodeId)
  const quotas = createQuotaBook(store, now)
  const limits = createLimits(state)
  const pending = new Set<Promise<void>>()

  async function write(row: SettledRow): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await journal.settle(row)
      } catch (error) {
        log.error({ request_id: row.id, err: error, attempt }, 'settling failed')
        if (attempt === settleAttempts) return
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
      }
    }
  }

  return {
    async open(entry) {
      const reserved = entry.inputTokens + usualOutputTokens
      if (entry.userId !== null) await quotas.reserve(entry.userId, reserved)
      let held: HeldLimits | undefined
      try {
        held = await limits.take(entry)
        await journal.open({ ...entry, id: entry.requestId, nodeId, at: now(), estimatedTokens: entry.inputTokens })
        return { requestId: entry.requestId, userId: entry.userId, inputTokens: entry.inputTokens, held }
      } catch (error) {
        if (entry.userId !== null) quotas.release(entry.userId, reserved, 0)
        await held?.release()
        throw error instanceof ParleyError ? error : new ParleyError('internal', { cause: error })
      }
    },

    settle(ticket, settlement) {
      const row = toRow(ticket, settlement, now())
      if (ticket.userId !== null) quotas.release(ticket.userId, ticket.inputTokens + usualOutputTokens, tokensOf(row))
      const writing = Promise.all([write(row), ticket.held.release()]).then(() => {
        pending.delete(writing)
      })
      pending.add(writing)
    },

    recover: (deadNodeIds) => journal.recover(deadNodeIds, now()),

    async flush() {
      await Promise.all(pending)
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(pending)
    },
  }
}

function toRow(ticket: Ticket, settlement: Settlement, settledAt: number): SettledRow {
  const { usage } = settlement
  return {
    ...settlement,
    id: ticket.requestId,
    userId: ticket.userId,
    settledAt,
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheReadTokens: usage.cacheRead,
    cacheWrite5mTokens: usage.cacheWrite5m,
    cacheWrite1hTokens: usage.cacheWrite1h,
    thinkingTokens: usage.thinking,
    audioInputTokens: usage.audioInput,
    audioOutputTokens: usage.audioOutput,
  }
}
