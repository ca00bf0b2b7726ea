import { setTimeout as delay } from 'node:timers/promises'
import { AbortedTransactionError, type Transaction } from 'kysely'
import type { Database, GroupCommit } from './store.ts'
import type { Tables } from './tables.ts'
import { assertOutsideTransaction, insideTransaction } from './transaction-scope.ts'

type Work = (transaction: Transaction<Tables>) => Promise<void>

interface Entry {
  readonly work: Work
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** A group holds SQLite's event loop for as long as its works take, so it must not be endless. */
const maxGroupSize = 128
/** From the beginning of one commit to that of the next, under load: a commit costs more than ten works of a group. */
const pacedMs = 5
/** So many commits, each sooner than that after the one before it, are load; a few calls that come together are not. */
const loadFrom = 8

/**
 * /!\ Hot path: two works for each relay call.
 *
 * Works wait for the end of the current turn of the event loop, so that all that one turn hands in shares a commit, and
 * streams move on between two groups; under load they gather for a moment more. A group that fails is rolled back and its works are run again, each in a
 * transaction of its own: **a work may run more than once**, and what it did in a run that failed is undone.
 */
export function createGroupCommit(database: Database): GroupCommit {
  let waiting: Entry[] = []
  let draining: Promise<void> | undefined
  let lastAt = Number.NEGATIVE_INFINITY
  let inARow = 0

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const pauseMs = lastAt + pacedMs - performance.now()
      inARow = pauseMs > 0 ? inARow + 1 : 0
      if (inARow > loadFrom) await delay(pauseMs)
      else await endOfTurn()
      lastAt = performance.now()
      const group = waiting.slice(0, maxGroupSize)
      waiting = waiting.slice(maxGroupSize)
      await commitGroup(database, group)
    }
    draining = undefined
  }

  return {
    run(work) {
      return new Promise((resolve, reject) => {
        assertOutsideTransaction('A group commit')
        waiting.push({ work, resolve, reject })
        draining ??= drain()
      })
    },
    async flush() {
      if (draining === undefined) return
      // Order is kept: when this one's turn has come, all before it are done.
      await new Promise<void>((resolve) => waiting.push({ work: async () => {}, resolve, reject: () => resolve() }))
    },
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function commitGroup(database: Database, group: readonly Entry[]): Promise<void> {
  const failure = await tryCommit(database, group)
  if (failure === undefined) {
    for (const entry of group) entry.resolve()
  } else if (group.length === 1 || failure.phase !== 'work') {
    if (failure.phase === 'commit' && failure.error instanceof Error) ofCommits.add(failure.error)
    for (const entry of group) entry.reject(failure.error)
  } else {
    // Each alone, the guilty one too: it may have failed for what another one did to the transaction.
    for (const entry of group) await commitGroup(database, [entry])
  }
}

const ofCommits = new WeakSet<object>()

/** What a work was rejected with came of its commit: it may be on disk all the same. */
export function isOutcomeUnknown(error: unknown): boolean {
  return typeof error === 'object' && error !== null && ofCommits.has(error)
}

interface Failure {
  /**
   * `begin`: the database cannot be reached, and each work would learn that by itself in its own time-out.
   * `commit`: whether it was committed is not known, so nothing may be run again.
   */
  readonly phase: 'begin' | 'work' | 'commit'
  readonly error: unknown
}

async function tryCommit(database: Database, group: readonly Entry[]): Promise<Failure | undefined> {
  let phase: Failure['phase'] = 'begin'
  try {
    await database.transaction().execute((transaction) => {
      phase = 'work'
      return insideTransaction(async () => {
        for (const entry of group) await entry.work(transaction)
        phase = 'commit'
      })
    })
    return undefined
  } catch (error) {
    // A work caught an error of its own query: PostgreSQL has rolled back for certain.
    if (error instanceof AbortedTransactionError) phase = 'work'
    return { phase, error }
  }
}
