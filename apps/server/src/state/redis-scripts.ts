import type { Redis } from 'ioredis'

/**
 * What must be checked and changed in one step, as Lua on the server. Time is the server's, so nodes whose clocks differ
 * agree. Numbers go back into commands by `%.0f`: Lua would write large ones as 1e+15.
 */
const now = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/** Slots are a sorted set: holder by the time it ends. The set ends with its last holder. */
const hold = `redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return 1`

const dropEnded = `${now}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))`

const scripts = {
  /** counter; amount, limit, windowMs → [allowed, count, resetAtMs] */
  takeFromCounter: `${now}
local resetAt = (math.floor(now / ARGV[3]) + 1) * ARGV[3]
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count + ARGV[1] > tonumber(ARGV[2]) then return {0, count, resetAt} end
count = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', resetAt))
return {1, count, resetAt}`,
  /** slots; holder, timeToLiveMs, max → 1 when taken */
  acquireSlot: `${dropEnded}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
${hold}`,
  /** slots; holder, timeToLiveMs → 1 when it was held */
  renewSlot: `${dropEnded}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
${hold}`,
  /** slots → number of holders */
  countSlots: `${dropEnded}
return redis.call('ZCARD', KEYS[1])`,
} as const

export interface ScriptedRedis extends Redis {
  takeFromCounter(key: string, amount: number, limit: number, windowMs: number): Promise<[number, number, number]>
  acquireSlot(key: string, holder: string, timeToLiveMs: number, max: number): Promise<number>
  renewSlot(key: string, holder: string, timeToLiveMs: number): Promise<number>
  countSlots(key: string): Promise<number>
}

export function withScripts(redis: Redis): ScriptedRedis {
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { lua, numberOfKeys: 1 })
  return redis as ScriptedRedis
}
