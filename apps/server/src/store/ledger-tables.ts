import type { LimitPer, LimitWhat } from '@parley/contract'
import type { Generated } from 'kysely'
import type { Fixed, Flag } from './column-types.ts'

/** What an attempt used and nobody is charged for: it failed, or it went beyond a limit. Goes with the call's row. */
export interface FailedAttemptTable {
  request_id: Fixed<string>
  /** From 1. */
  attempt: Fixed<number>
  account_id: Fixed<string>
  upstream_model: Fixed<string>
  /** Cached ones included. */
  input_tokens: Fixed<number>
  output_tokens: Fixed<number>
  /** By the price in force then; nobody is charged. */
  cost_nanos: Fixed<number>
  /** In disjoint counters. */
  usage_json: Fixed<string>
}

/** The ledger: one row for each admitted call, opened before it is sent, settled once. */
export interface UsageRecordTable {
  /** The request id. */
  id: Fixed<string>
  node_id: string
  status: 'open' | 'settled'
  at: Fixed<number>
  settled_at: number | null
  user_id: Fixed<string | null>
  key_id: Fixed<string | null>
  conversation_id: Fixed<string | null>
  model: Fixed<string>
  wire: Fixed<string>
  is_stream: Fixed<Flag>
  account_id: string | null
  upstream_model: string | null
  /** HTTP status that the caller got; 499 when the caller left. */
  http_status: number | null
  end_reason: string | null
  error_code: string | null
  estimated_tokens: Fixed<number>
  input_tokens: Generated<number>
  output_tokens: Generated<number>
  cache_read_tokens: Generated<number>
  cache_write_5m_tokens: Generated<number>
  cache_write_1h_tokens: Generated<number>
  thinking_tokens: Generated<number>
  audio_input_tokens: Generated<number>
  audio_output_tokens: Generated<number>
  /** By the provider's own tools. */
  web_searches: Generated<number>
  file_searches: Generated<number>
  /** That the upstream served it at, or the caller asked for where it did not say; null: the everyday one. */
  service_tier: string | null
  /** Who counted: `upstream`, `estimate` (our tokenizer), `none`. */
  usage_source: string | null
  cost_nanos: Generated<number>
  /** The cost times the multiplier of the key or user: what they are billed. */
  charged_nanos: Generated<number>
  price_source: string | null
  /** The price that the cost was made with, in `price_version`. */
  price_id: string | null
  first_byte_ms: number | null
  duration_ms: number | null
  attempts: Generated<number>
  /** UTF-16 units of the reply so far, at the last checkpoint. */
  content_length: Generated<number>
  /** In `call_plan`, of a call that went as planned; such a call has no row in `call_trace`. */
  plan_id: string | null
  /** When its only attempt was sent, since the call began. */
  sent_ms: number | null
}

/** How a call was decided that did not go as planned, for a while. */
export interface CallTraceTable {
  /** The request id. */
  id: Fixed<string>
  at: Fixed<number>
  trace_json: Fixed<string>
}

/** What was planned for calls, each plan once. */
export interface CallPlanTable {
  /** A digest of the plan. */
  id: Fixed<string>
  /** A `CallPlan`. */
  plan_json: Fixed<string>
  /** Lately: it is not written with each call. */
  used_at: number
}

/**
 * Sums of the ledger's settled rows, changed in the transaction that settles them. A call counts where it was admitted.
 * `subject` is an id of the dimension, '' for `all`; `bucket` is when the hour, day or month began, in UTC. Minutes are kept
 * of `all` only, for a while.
 */
export interface UsageRollupTable {
  dimension: Fixed<'all' | 'key' | 'user' | 'account' | 'model' | 'wire'>
  per: Fixed<'minute' | 'hour' | 'day' | 'month'>
  bucket: Fixed<number>
  subject: Fixed<string>
  requests: number
  /** Those that did not end with `done`. */
  errors: number
  input_tokens: number
  output_tokens: number
  cache_read_tokens: number
  cache_write_tokens: number
  tokens: number
  cost_nanos: number
  charged_nanos: number
  duration_ms: number
  first_byte_ms: number
  /** Calls that had a first byte. */
  first_byte_count: number
}

/** Each price that a row was made with, never changed. `id` is a hash of the price. */
export interface PriceVersionTable {
  id: Fixed<string>
  source: Fixed<string>
  price_json: Fixed<string>
  first_used_at: Fixed<number>
}

/** A limit that is not on an API key. `subject_id` of `model` is a pattern, `claude-opus-*`. */
export interface LimitRuleTable {
  id: Fixed<string>
  /** `group`: all of a group's members together; `member`: each of them. */
  subject_kind: Fixed<'user' | 'account' | 'model' | 'group' | 'member'>
  subject_id: Fixed<string>
  what: string
  per: string
  max: number
  created_at: Fixed<number>
}

/** What a subject is charged for one dollar of cost, in millionths of a dollar. */
export interface ChargeMultiplierTable {
  subject_kind: Fixed<'key' | 'user' | 'group'>
  subject_id: Fixed<string>
  millionths: number
  updated_at: number
}

/** A limit came to 50, 80 or 100 percent of its window, once each. */
export interface AlertTable {
  id: Fixed<string>
  at: Fixed<number>
  subject_kind: Fixed<string>
  subject_id: Fixed<string>
  /** `quota`: the token quota of a user. */
  what: Fixed<LimitWhat | 'quota'>
  per: Fixed<LimitPer>
  window_start: Fixed<number>
  max: Fixed<number>
  percent: Fixed<number>
  used: Fixed<number>
}
