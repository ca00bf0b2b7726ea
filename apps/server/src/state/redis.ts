import type { Redis, RedisOptions } from 'ioredis'
import { describeError } from './describe-error.ts'
import type { Log } from './log.ts'
import { PatientRedis } from './patient-redis.ts'
import { createRedisBudgets } from './redis-budgets.ts'
import { RedisTopics } from './redis-topics.ts'
import { type ScriptedRedis, withScripts } from './redis-scripts.ts'
import type { Counters, Slots, State, Values } from './state.ts'

export interface RedisStateOptions {
  readonly url: string
  readonly log: Log
  /** Before every key and topic. */
  readonly prefix?: string
}

/**
 * The state that several nodes share. While Redis is down its methods reject at once, or within a second when it does
 * not answer: nothing is queued. It reconnects by itself, however long that takes.
 */
export async function createRedisState(options: RedisStateOptions): Promise<State> {
  const { url, log, prefix = 'parley:' } = options
  const client = withScripts(new PatientRedis(url, connectionOptions))
  const subscriber = new PatientRedis(url, connectionOptions)
  let lastError: Error | undefined
  // Each failed attempt to connect says so; who uses the state learns it from his own call, and `check` tells why.
  for (const connection of [client, subscriber]) connection.on('error', (error: Error) => (lastError = error))
  // Topics are not kept apart by database number, keys are.
  const topics = new RedisTopics({ client, subscriber, prefix: `${prefix}${client.options.db ?? 0}:topic:`, log })
  await Promise.allSettled([client.connect(), subscriber.connect()])
  return {
    kind: 'redis',
    counters: createCounters(client, `${prefix}counter:`),
    slots: createSlots(client, `${prefix}slots:`),
    budgets: createRedisBudgets(client, `${prefix}budget:`),
    values: createValues(client, `${prefix}value:`),
    topics,
    async check() {
      const { host, port } = client.options
      try {
        // A write: a Redis that is full, or a replica by now, still answers to PING.
        await Promise.all([client.set(`${prefix}check`, '1', 'PX', 1_000), subscriber.ping()])
        return { ok: true }
      } catch (error) {
        const isConnected = client.status === 'ready' && subscriber.status === 'ready'
        const reason = isConnected ? error : (lastError ?? error)
        return { ok: false, reason: `Redis at ${host}:${port}: ${describeError(reason)}` }
      }
    },
    async [Symbol.asyncDispose]() {
      client.disconnect()
      subscriber.disconnect()
    },
  }
}

const connectionOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  // What was sent when the connection broke may have been done: it is not sent again, and fails at once.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 2_000,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), 1_000),
  // After a fail-over the old master refuses writes: look for the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions

function createCounters(client: ScriptedRedis, prefix: string): Counters {
  return {
    async take(key, { limit, windowMs, amount = 1 }) {
      const [isAllowed, count, resetAtMs] = await client.takeFromCounter(
        `${prefix}${windowMs}:${key}`,
        amount,
        limit,
        windowMs,
      )
      return { isAllowed: isAllowed === 1, remaining: Math.max(0, limit - count), resetAtMs }
    },
  }
}

function createSlots(client: ScriptedRedis, prefix: string): Slots {
  return {
    async tryAcquire(key, holder, { max, timeToLiveMs }) {
      return (await client.acquireSlot(prefix + key, holder, timeToLiveMs, max)) === 1
    },
    async renew(key, holder, timeToLiveMs) {
      return (await client.renewSlot(prefix + key, holder, timeToLiveMs)) === 1
    },
    async release(key, holder) {
      await client.zrem(prefix + key, holder)
    },
    count: (key) => client.countSlots(prefix + key),
  }
}

function createValues(client: Redis, prefix: string): Values {
  return {
    get: async (key) => (await client.get(prefix + key)) ?? undefined,
    async set(key, value, timeToLiveMs) {
      await client.set(prefix + key, value, 'PX', timeToLiveMs)
    },
    async setIfAbsent(key, value, timeToLiveMs) {
      return (await client.set(prefix + key, value, 'PX', timeToLiveMs, 'NX')) === 'OK'
    },
    async delete(key) {
      await client.del(prefix + key)
    },
  }
}
