import type { Limit } from '@parley/contract'
import type { FastifyBaseLogger } from 'fastify'
import { Roster } from '../state/roster.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { ActiveCall, UpstreamModelsOf } from './active-call.ts'
import { type Alerts, createAlerts } from './alerts.ts'
import { Background } from './background.ts'
import { createBooked } from './booked.ts'
import { Bookings } from './bookings.ts'
import { checkpoint } from './checkpoint.ts'
import { createCorrections } from './corrections.ts'
import type { PriceOf } from './cost.ts'
import { createEstimator } from './estimate.ts'
import { createAheadJournal } from './ahead-journal.ts'
import { createTableJournal, type Journal } from './journal.ts'
import { limitsOfKey } from './key-limits.ts'
import { createRecovery } from './left-calls.ts'
import { createLimitRules, type LimitRules } from './limit-rules.ts'
import { createLimits, type LimitState } from './limits.ts'
import { createMultipliers, type Multipliers } from './multipliers.ts'
import { createNodeCount } from './node-count.ts'
import { Openings } from './openings.ts'
import { readPrunedBefore } from './pruned.ts'
import { createQuotas } from './quota.ts'
import { type RepriceQuery, type RepriceResult, reprice } from './reprice.ts'
import { createRetention } from './retention.ts'
import { createSettlements } from './settlements.ts'
import { createStatistics, type Statistics } from './statistics.ts'
import type { OpenEntry, Settlement, Ticket } from './ticket.ts'
import type { UsageSubject } from './used-within.ts'
import { createTokenizer } from './tokenizer.ts'
import { createWindows } from './windows.ts'

/**
 * Who used what: one row for each admitted call, opened before it is sent and settled when it ended.
 *
 * Guarantees: when `open` resolves the call is on disk and within every limit; `settle` never fails the call and is
 * repeated until it is on disk; a call that runs long is noted upon every few seconds; rows that a dead process left open
 * are settled by `recover`.
 */
export interface Ledger extends AsyncDisposable {
  readonly rules: LimitRules
  readonly multipliers: Multipliers
  readonly alerts: Alerts
  /** Throws quota_exhausted, limit_reached, concurrency_full, limits_unavailable. */
  open(entry: OpenEntry): Promise<Ticket>
  /** Books what was used. Returns at once; the row is written with others, a moment later. */
  settle(ticket: Ticket, settlement: Settlement): void
  readonly statistics: Statistics
  /** How far the limits of a subject have come in their windows. */
  limitsOf(subject: UsageSubject, limits: readonly Limit[]): Promise<LimitState[]>
  /** Gives calls of the past the prices of today. */
  reprice(query: RepriceQuery): Promise<RepriceResult>
  /** Settles the rows of nodes that are dead. Gives their number. */
  recover(deadNodeIds: readonly string[]): Promise<number>
  /** Resolves when the tables have every call and every settlement so far. */
  flush(): Promise<void>
}

export interface LedgerOptions {
  readonly store: Store
  readonly state: State
  readonly nodeId: string
  readonly log: FastifyBaseLogger
  /** The group that a user is in; nobody is in one when it is not given. */
  readonly groupOf?: (userId: string) => string | undefined
  /** The price in force; undefined: not priced. */
  readonly priceOf: PriceOf
  /** The model's own name when it is not given. */
  readonly upstreamModelsOf?: UpstreamModelsOf
  /** Where days, weeks and months of limits begin. */
  readonly timeZone: string
  /** How long single calls are kept. */
  readonly keepDays: number
  /** Whether a tokenizer counts requests of new callers, and where upstreams say nothing. */
  readonly tokenizer: 'precise' | 'heuristic'
  /** For lines ahead of the table, when no other process writes to the database; undefined: there are none. */
  readonly aheadFolder?: string | undefined
  readonly now?: () => number
  readonly checkpointMs?: number
  /** How long disposing goes on trying to write what has ended. */
  readonly lastTryMs?: number
}

const nobodysGroup = () => undefined
const ownName: UpstreamModelsOf = (model) => [model]

export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { store, state, nodeId, log, priceOf, now = Date.now, checkpointMs = 5_000 } = options
  const journal = await openJournal(options)
  const settlements = createSettlements({
    write: (rows) => journal.settle(rows),
    gatherMs: journal.gatherMs,
    ...(options.lastTryMs !== undefined && { lastTryMs: options.lastTryMs }),
    log,
  })
  const shared = { store, state, log, groupOf: options.groupOf ?? nobodysGroup, now }
  const rules = await createLimitRules(shared)
  const multipliers = await createMultipliers(shared)
  const quotas = createQuotas(store, now)
  const booked = createBooked({ store, settlements, quotas, now })
  const alerts = createAlerts({ store, booked, log, now })
  const nodes = createNodeCount(shared)
  const retention = createRetention({ ...shared, keepDays: options.keepDays })
  const limits = createLimits({
    budgets: state.budgets,
    rules,
    quotas,
    booked,
    alerts,
    limitsOfKey: (keyId) => limitsOfKey(store, keyId),
    windowOf: createWindows(options.timeZone),
    nodes: () => nodes.count,
    now,
  })
  const corrections = await createCorrections({ store, state, nodeId, limits })
  const estimator = createEstimator()
  const active = new Roster<ActiveCall>()
  const background = new Background(log)
  const tokenizer = options.tokenizer === 'precise' ? createTokenizer({ estimator, log }) : undefined
  const parts = { journal, settlements, limits, multipliers, estimator, tokenizer, background, log, now }
  const { upstreamModelsOf = ownName } = options
  const openings = new Openings({ ...parts, nodeId, priceOf, upstreamModelsOf, active })
  const bookings = new Bookings(parts)
  const pulse = setInterval(() => {
    background.run(() => checkpoint(active.list(), { journal, limits, now, checkpointMs }), 'a checkpoint failed')
    background.run(() => alerts.lookAgain(), 'alerts could not be looked for')
    background.run(() => corrections.look(), 'corrected prices could not be looked for')
  }, checkpointMs).unref()

  return {
    rules,
    multipliers,
    alerts,
    open: (entry) => openings.open(entry),

    settle(ticket, settlement) {
      const call = ticket as ActiveCall
      if (active.remove(call)) bookings.settle(call, settlement)
    },

    statistics: createStatistics(store),
    limitsOf: (subject, list) => limits.read(subject, list),
    reprice: (query) => reprice(query, { store, limits, corrections, multipliers, priceOf, now }),
    recover: createRecovery({ ...parts, store, priceOf }),

    async flush() {
      // It may hand in settlements.
      await background.finished()
      await Promise.all([settlements.flush(), background.finished(), journal.flush()])
      await alerts.flush()
    },

    async [Symbol.asyncDispose]() {
      clearInterval(pulse)
      nodes.stop()
      await retention[Symbol.asyncDispose]()
      await tokenizer?.[Symbol.asyncDispose]()
      await background.finished()
      await settlements[Symbol.asyncDispose]()
      await journal[Symbol.asyncDispose]()
      await background.finished()
      await alerts.flush()
      await rules[Symbol.asyncDispose]()
      await multipliers[Symbol.asyncDispose]()
    },
  }
}

/** With what a process that died had only on its lines. */
export async function openJournal(
  options: Pick<LedgerOptions, 'store' | 'aheadFolder' | 'log' | 'now'>,
): Promise<Journal> {
  const { store, aheadFolder, log, now = Date.now } = options
  const table = createTableJournal(store)
  if (aheadFolder === undefined) return table
  return createAheadJournal(table, { folder: aheadFolder, log, now, prunedBefore: await readPrunedBefore(store) })
}
