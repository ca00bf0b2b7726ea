import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import { notePruned } from './pruned.ts'
import { type Dimension, dimensions } from './rollups.ts'

export interface RetentionOptions {
  readonly store: Store
  readonly log: Log
  readonly now: () => number
  /** How long single calls are kept. Their sums by hour go then, too, or a little after the month; those by day and month stay. */
  readonly keepDays: number
  readonly everyMs?: number
  /** Between two batches, so that calls go first. */
  readonly pause?: () => Promise<void>
}

const dayMs = 24 * 3_600_000
const minutesKeptMs = 2 * dayMs
/** The first day of a month is made of hours where it does not begin at midnight UTC, and its limits count to its end. */
const hoursKeptMs = 33 * dayMs
const alertsKeptMs = 400 * dayMs
const batchSize = 500
const pauseMs = 20

export interface Retention extends AsyncDisposable {
  /** Takes away what is too old, a few rows at a time. Gives the number of calls. */
  prune(): Promise<number>
}

export function createRetention(options: RetentionOptions): Retention {
  const { store, log, now, keepDays, everyMs = 3_600_000, pause = () => delay(pauseMs) } = options
  const { database } = store
  let isStopping = false
  let running: Promise<number> = Promise.resolve(0)

  /** A batch is its own short transaction: on SQLite nobody waits long, on PostgreSQL nothing is locked for long. */
  async function inBatches(deleteSome: () => Promise<number>): Promise<number> {
    let count = 0
    while (!isStopping) {
      const deleted = await deleteSome()
      count += deleted
      if (deleted < batchSize) break
      await pause()
    }
    return count
  }

  async function deleteCalls(before: number): Promise<number> {
    const old = await database
      .selectFrom('usage_record')
      .select('id')
      .where('at', '<', before)
      .where('status', '=', 'settled')
      .orderBy('at')
      .limit(batchSize)
      .execute()
    if (old.length === 0) return 0
    await notePruned(store, before, now())
    const ids = old.map(({ id }) => id)
    await database.deleteFrom('usage_record').where('id', 'in', ids).execute()
    return old.length
  }

  /** One bucket at a time, which has a row for each subject at most. */
  async function deleteSums(per: 'minute' | 'hour', before: number): Promise<void> {
    for (const dimension of dimensions) {
      while (!isStopping && (await deleteOldestSums(store, { dimension, per, before }))) await pause()
    }
  }

  async function run(): Promise<number> {
    const before = now() - keepDays * dayMs
    const calls = await inBatches(() => deleteCalls(before))
    await deleteSums('minute', now() - minutesKeptMs)
    await deleteSums('hour', Math.min(before, now() - hoursKeptMs))
    await database
      .deleteFrom('alert')
      .where('at', '<', now() - alertsKeptMs)
      .execute()
    return calls
  }

  const prune = (): Promise<number> => {
    running = running.catch(() => 0).then(run)
    return running
  }
  const timer = setInterval(() => {
    prune().catch((error: unknown) => log.error({ err: error }, 'old calls could not be taken away'))
  }, everyMs).unref()

  return {
    prune,
    async [Symbol.asyncDispose]() {
      isStopping = true
      clearInterval(timer)
      await running.catch((error: unknown) => log.warn({ err: error }, 'old calls were not all taken away'))
    },
  }
}

interface OldSums {
  readonly dimension: Dimension
  readonly per: 'minute' | 'hour'
  readonly before: number
}

/** False: there are none. */
async function deleteOldestSums({ database }: Store, { dimension, per, before }: OldSums): Promise<boolean> {
  const oldest = await database
    .selectFrom('usage_rollup')
    .select('bucket')
    .where('dimension', '=', dimension)
    .where('per', '=', per)
    .where('bucket', '<', before)
    .orderBy('bucket')
    .limit(1)
    .executeTakeFirst()
  if (oldest === undefined) return false
  await database
    .deleteFrom('usage_rollup')
    .where('dimension', '=', dimension)
    .where('per', '=', per)
    .where('bucket', '=', oldest.bucket)
    .execute()
  return true
}
