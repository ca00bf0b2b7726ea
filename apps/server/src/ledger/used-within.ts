import { type ExpressionBuilder, sql } from 'kysely'
import { matcher } from '../store/name-pattern.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { readPrunedBefore } from './pruned.ts'
import type { Window } from './windows.ts'

/** Whose calls: an id, or for `model` a pattern with `*`. Of a group it is those of its members of today. */
export interface UsageSubject {
  readonly kind: 'key' | 'user' | 'account' | 'model' | 'group'
  readonly id: string
}

export interface UsedSince {
  readonly requests: number
  readonly tokens: number
  /** Charged, in nano-dollars. */
  readonly cost: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/**
 * What a subject's settled calls have used in a window, to the call: whole months, days and hours (UTC) from the sums, and
 * the parts of hours at its ends from the rows themselves. Where those are gone the whole hour counts: rather a little of what
 * was before than nothing of what was in it.
 */
export async function usedWithin(
  store: Store,
  subject: UsageSubject,
  { start, end }: Window,
  now: number,
): Promise<UsedSince> {
  if (start === 0 && end > now) return fromSums(store, subject, 'everything')
  // Of a window that is under way there is nothing after today.
  const until = end > now ? roundUp(now + 1, dayMs) : end
  const firstHour = roundUp(start, hourMs)
  const lastHour = roundDown(until, hourMs)
  if (firstHour >= lastHour) return fromRows(store, subject, start, until)
  const parts = [await fromSums(store, subject, bucketsOf(firstHour, lastHour))]
  if (start < firstHour) parts.push(await fromPartOfHour(store, subject, start, firstHour))
  if (lastHour < until) parts.push(await fromPartOfHour(store, subject, lastHour, until))
  return parts.reduce(add)
}

async function fromPartOfHour(store: Store, subject: UsageSubject, from: number, to: number): Promise<UsedSince> {
  if (from >= (await readPrunedBefore(store))) return fromRows(store, subject, from, to)
  return fromSums(store, subject, { day: [], hour: [roundDown(from, hourMs)] })
}

interface Buckets {
  readonly day: readonly number[]
  readonly hour: readonly number[]
}

/** As few as make up the time between two whole hours. */
function bucketsOf(from: number, until: number): Buckets {
  const firstDay = roundUp(from, dayMs)
  const lastDay = roundDown(until, dayMs)
  if (firstDay >= lastDay) return { day: [], hour: range(from, until, hourMs) }
  return {
    day: range(firstDay, lastDay, dayMs),
    hour: [...range(from, firstDay, hourMs), ...range(lastDay, until, hourMs)],
  }
}

function roundUp(at: number, step: number): number {
  return Math.ceil(at / step) * step
}

function roundDown(at: number, step: number): number {
  return Math.floor(at / step) * step
}

function range(from: number, until: number, step: number): number[] {
  const list: number[] = []
  for (let at = from; at < until; at += step) list.push(at)
  return list
}

async function fromSums(store: Store, { kind, id }: UsageSubject, buckets: Buckets | 'everything'): Promise<UsedSince> {
  type Builder = ExpressionBuilder<Tables, 'usage_rollup'>
  const within = (where: Builder) =>
    buckets === 'everything'
      ? where('per', '=', 'month')
      : where.or([
          where.and([where('per', '=', 'day'), where('bucket', 'in', [...buckets.day, -1])]),
          where.and([where('per', '=', 'hour'), where('bucket', 'in', [...buckets.hour, -1])]),
        ])
  let query = store.database
    .selectFrom('usage_rollup')
    .select((select) => [
      'subject',
      select.fn.sum<number | string>('requests').as('requests'),
      select.fn.sum<number | string>('tokens').as('tokens'),
      select.fn.sum<number | string>('charged_nanos').as('cost'),
    ])
    .where('dimension', '=', kind === 'group' ? 'user' : kind)
    .where(within)
    .groupBy('subject')
  if (kind === 'group') query = query.where('subject', 'in', membersOf(store, id))
  else if (kind !== 'model') query = query.where('subject', '=', id)
  const matches = matcher(id)
  const rows = await query.execute()
  return rows
    .filter(({ subject }) => kind !== 'model' || matches(subject))
    .map(toNumbers)
    .reduce(add, nothing)
}

async function fromRows(store: Store, { kind, id }: UsageSubject, from: number, to: number): Promise<UsedSince> {
  const column = { key: 'key_id', user: 'user_id', account: 'account_id', model: 'model' } as const
  const tokens = sql<
    number | string | null
  >`sum(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens
    + cache_write_1h_tokens + thinking_tokens + audio_input_tokens + audio_output_tokens)`
  let query = store.database
    .selectFrom('usage_record')
    .select((select) => [
      'model',
      select.fn.countAll<number | string>().as('requests'),
      tokens.as('tokens'),
      select.fn.sum<number | string>('charged_nanos').as('cost'),
    ])
    .where('status', '=', 'settled')
    .where('at', '>=', from)
    .where('at', '<', to)
    .groupBy('model')
  if (kind === 'group') query = query.where('user_id', 'in', membersOf(store, id))
  else if (kind !== 'model') query = query.where(column[kind], '=', id)
  const matches = matcher(id)
  const rows = await query.execute()
  return rows
    .filter(({ model }) => kind !== 'model' || matches(model))
    .map(toNumbers)
    .reduce(add, nothing)
}

function membersOf({ database }: Store, groupId: string) {
  return database.selectFrom('user').select('id').where('group_id', '=', groupId)
}

export const nothing: UsedSince = { requests: 0, tokens: 0, cost: 0 }

function add(left: UsedSince, right: UsedSince): UsedSince {
  return {
    requests: left.requests + right.requests,
    tokens: left.tokens + right.tokens,
    cost: left.cost + right.cost,
  }
}

type Sum = number | string | null

function toNumbers(row: { requests: Sum; tokens: Sum; cost: Sum }): UsedSince {
  return { requests: Number(row.requests ?? 0), tokens: Number(row.tokens ?? 0), cost: Number(row.cost ?? 0) }
}
