import type { Redis } from 'ioredis'
import {
  bookedKeptMs,
  type BudgetReading,
  type Budgets,
  extraShare,
  type Reservation,
  type ReserveResult,
  type Use,
} from './budgets.ts'

/**
 * A budget is a hash: `used`, `held`, and what each holder holds (`h:` and its name); beside it a sorted set, the holders
 * by the time they end. Time is the server's. Numbers go back into commands by `%.0f`: Lua would write large ones as 1e+15.
 */
const shared = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function amountOf(key, field) return tonumber(redis.call('HGET', key, field) or '0') end
local function release(key, holder)
  local held = amountOf(key, 'h:' .. holder)
  if held ~= 0 then redis.call('HINCRBY', key, 'held', text(-held)) end
  redis.call('HDEL', key, 'h:' .. holder)
  redis.call('ZREM', key .. ':holders', holder)
end
local function releaseEnded(key)
  for _, holder in ipairs(redis.call('ZRANGEBYSCORE', key .. ':holders', '-inf', text(now))) do release(key, holder) end
end
local function hold(key, holder, amount, endsAt)
  redis.call('HINCRBY', key, 'held', text(amount))
  redis.call('HINCRBY', key, 'h:' .. holder, text(amount))
  redis.call('ZADD', key .. ':holders', text(endsAt), holder)
end
`

const fieldsPerTake = 6
/** A field beside the budgets of what a holder has booked: another node has settled for it. */
const settledByOthers = 'left'

const scripts = {
  /**
   * budgets; holder, timeToLiveMs, then of each: max, amount, atLeast, endsAt, seed or '', extra
   * → [1, granted…, used…], [0, index, used, held], [2, indexes…]
   */
  reserveBudgets: `${shared}
local function argument(index, field) return ARGV[2 + (index - 1) * ${fieldsPerTake} + field] end
local unknown = {2}
for index, key in ipairs(KEYS) do
  if redis.call('HEXISTS', key, 'used') == 0 and argument(index, 5) == '' then unknown[#unknown + 1] = index - 1 end
end
if #unknown > 1 then return unknown end
local granted = {1}
for index, key in ipairs(KEYS) do
  if argument(index, 5) ~= '' then redis.call('HSETNX', key, 'used', argument(index, 5)) end
  releaseEnded(key)
end
for index, key in ipairs(KEYS) do
  local used, held = amountOf(key, 'used'), amountOf(key, 'held')
  local free = tonumber(argument(index, 1)) - used - held
  local grant = math.min(tonumber(argument(index, 2)), free)
  if grant < tonumber(argument(index, 3)) then return {0, index - 1, used, held} end
  granted[index + 1] = grant + math.min(tonumber(argument(index, 6)), math.floor((free - grant) / ${extraShare}))
  granted[#KEYS + index + 1] = used
end
for index, key in ipairs(KEYS) do
  hold(key, ARGV[1], granted[index + 1], now + ARGV[2])
  local keptUntil = math.max(tonumber(argument(index, 4)), now + ARGV[2]) + 600000
  redis.call('PEXPIREAT', key, text(keptUntil))
  redis.call('PEXPIREAT', key .. ':holders', text(keptUntil))
end
return granted`,
  /**
   * budgets, then what the holder has booked before; holder, stage, then what each budget has used
   * → used now, -1 where the budget is not known
   */
  settleBudgets: `${shared}
local holder, stage, booked = ARGV[1], ARGV[2], KEYS[#KEYS]
local isLeft = stage == 'left' or stage == 'late'
local isSettledByOthers = stage == 'end' and redis.call('HEXISTS', booked, '${settledByOthers}') == 1
local result = {}
for index = 1, #KEYS - 1 do
  local key, amount = KEYS[index], ARGV[index + 2]
  if redis.call('HEXISTS', key, 'used') == 0 then result[index] = -1
  else
    local isKnown = redis.call('HEXISTS', key, 'h:' .. holder) == 1 or redis.call('HEXISTS', booked, key) == 1
    release(key, holder)
    if stage == 'late' and not isKnown then
      redis.call('HDEL', key, 'used')
      result[index] = -1
    else
      local change = amount
      if isLeft then change = text(amount - amountOf(booked, key)) end
      if isSettledByOthers then change = 0 end
      result[index] = redis.call('HINCRBY', key, 'used', change)
      if stage ~= 'part' and not isSettledByOthers then redis.call('HSET', booked, key, amount) end
    end
  end
end
if isLeft then redis.call('HSET', booked, '${settledByOthers}', 1) end
if stage ~= 'part' then redis.call('PEXPIRE', booked, ${bookedKeptMs}) end
return result`,
  /** budgets; holder, timeToLiveMs */
  renewBudgets: `${shared}
for _, key in ipairs(KEYS) do
  if redis.call('ZSCORE', key .. ':holders', ARGV[1]) then
    local endsAt = now + ARGV[2]
    redis.call('ZADD', key .. ':holders', text(endsAt), ARGV[1])
    for _, name in ipairs({key, key .. ':holders'}) do
      if redis.call('PTTL', name) < endsAt - now then redis.call('PEXPIREAT', name, text(endsAt)) end
    end
  end
end
return 1`,
  /** budgets → used, held of each; -1, 0 where it is not known */
  readBudgets: `${shared}
local result = {}
for index, key in ipairs(KEYS) do
  if redis.call('HEXISTS', key, 'used') == 0 then
    result[index * 2 - 1] = -1
    result[index * 2] = 0
  else
    releaseEnded(key)
    result[index * 2 - 1] = amountOf(key, 'used')
    result[index * 2] = amountOf(key, 'held')
  end
end
return result`,
} as const

type Script = (...parameters: (string | number)[]) => Promise<number[]>
type BudgetRedis = { readonly [Name in keyof typeof scripts]: Script }

/** The budgets that several nodes share: each method is one script, which Redis runs alone. */
export function createRedisBudgets(redis: Redis, prefix: string): Budgets {
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { lua })
  const client = redis as unknown as BudgetRedis
  const keysOf = (list: readonly { key: string }[]) => [list.length, ...list.map(({ key }) => prefix + key)]
  return {
    async reserve({ holder, timeToLiveMs, takes }: Reservation): Promise<ReserveResult> {
      if (takes.length === 0) return { kind: 'reserved', granted: [], used: [] }
      const parameters = takes.flatMap((take) => [
        take.max,
        take.amount,
        take.atLeast,
        take.endsAt,
        take.seed ?? '',
        take.extra ?? 0,
      ])
      const reply = await client.reserveBudgets(...keysOf(takes), holder, timeToLiveMs, ...parameters)
      const [kind, ...rest] = reply
      if (kind === 1) return { kind: 'reserved', granted: rest.slice(0, takes.length), used: rest.slice(takes.length) }
      if (kind === 2) return { kind: 'unknown', indexes: rest }
      const [index = 0, used = 0, held = 0] = rest
      return { kind: 'refused', index, used, held }
    },
    async settle(holder: string, uses: readonly Use[], stage = 'end') {
      if (uses.length === 0) return []
      const keys = [...uses.map(({ key }) => prefix + key), `${prefix}*booked:${holder}`]
      const used = await client.settleBudgets(keys.length, ...keys, holder, stage, ...uses.map(({ amount }) => amount))
      return used.map((amount) => (amount === -1 ? undefined : amount))
    },
    async renew(holder, keys, timeToLiveMs) {
      if (keys.length > 0)
        await client.renewBudgets(keys.length, ...keys.map((key) => prefix + key), holder, timeToLiveMs)
    },
    async read(keys) {
      if (keys.length === 0) return []
      const values = await client.readBudgets(keys.length, ...keys.map((key) => prefix + key))
      return keys.map((_, index): BudgetReading | undefined => {
        const used = values[index * 2] ?? -1
        return used === -1 ? undefined : { used, held: values[index * 2 + 1] ?? 0 }
      })
    },
    doubt() {},
  }
}
