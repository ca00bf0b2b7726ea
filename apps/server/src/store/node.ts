import { hostname } from 'node:os'
import { type RawBuilder, sql } from 'kysely'
import { v7 as createId } from 'uuid'
import type { Log } from './log.ts'
import type { Store } from './store.ts'

/**
 * This process among its like. Rows that a process left open (calls, runs) carry its id; whoever finds it dead settles
 * them. Times are the database's, so that nodes whose clocks differ do not take each other for dead.
 */
export interface ServerNode extends AsyncDisposable {
  readonly id: string
  /**
   * Nodes that do not work any more: stopped, or silent for longer than `silentForMs`. On SQLite every other one, since
   * the lock on the data folder lets only one process work there. After a time in which the database was away nobody counts
   * as silent who has not had that long to speak again.
   */
  deadNodes(silentForMs: number): Promise<string[]>
}

export interface NodeOptions {
  readonly store: Store
  readonly log: Log
  readonly heartbeatMs?: number
}

/** By then somebody has cleared up after a dead node. */
const forgottenAfterMs = 7 * 24 * 3_600_000
/** A beat that took so long says that the database was away, as much as one that failed. */
const slowBeatMs = 5_000
/** Not at once: a node that starts after a long pause must first find those that died before it. */
const beatsBetweenForgetting = 1_000

/** Registers this process and shows, until it is disposed of, that it is alive. */
export async function startNode({ store, log, heartbeatMs = 5_000 }: NodeOptions): Promise<ServerNode> {
  const { database } = store
  const id = createId()
  const now = databaseTime(store.kind)
  await database
    .insertInto('node')
    .values({ id, host: hostname(), pid: process.pid, started_at: now, heartbeat_at: now, stopped_at: null })
    .execute()

  let beats = 0
  /** Since when this node's own beats get through, of the monotonic clock. */
  let heardSince = Number.NEGATIVE_INFINITY
  async function beat(): Promise<void> {
    const beganAt = performance.now()
    try {
      await database.updateTable('node').set({ heartbeat_at: now }).where('id', '=', id).execute()
      if (performance.now() - beganAt > slowBeatMs) heardSince = performance.now()
      beats += 1
      if (beats % beatsBetweenForgetting !== 0) return
      await database.deleteFrom('node').where('heartbeat_at', '<', before(now, forgottenAfterMs)).execute()
    } catch (error) {
      heardSince = performance.now()
      log.warn({ err: error }, 'the heart-beat of this node could not be written')
    }
  }
  const beating = setInterval(() => void beat(), heartbeatMs).unref()

  return {
    id,
    async deadNodes(silentForMs) {
      let query = database.selectFrom('node').select('id').where('id', '!=', id)
      if (store.kind === 'postgres') {
        const wasHeard = performance.now() - heardSince > silentForMs
        query = query.where((where) =>
          where.or([
            where('stopped_at', 'is not', null),
            ...(wasHeard ? [where('heartbeat_at', '<', before(now, silentForMs))] : []),
          ]),
        )
      }
      return (await query.execute()).map((row) => row.id)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beating)
      try {
        await database.updateTable('node').set({ stopped_at: now }).where('id', '=', id).execute()
      } catch (error) {
        log.warn({ err: error }, 'that this node has stopped could not be written; others find it silent')
      }
    },
  }
}

function before(now: RawBuilder<number>, ms: number): RawBuilder<number> {
  return sql<number>`${now} - ${ms}`
}

/** Its present, in milliseconds since 1970. */
export function databaseTime(kind: Store['kind']): RawBuilder<number> {
  return kind === 'sqlite'
    ? sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
    : sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
}
