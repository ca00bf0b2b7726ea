import type { LimitPer, LimitWhat } from '@parley/contract'

/** What the operator's side of the server sends, as far as the console reads it; the whole is in `/openapi.json`. */

export const accountKinds = ['anthropic', 'openai', 'azure-openai', 'gemini', 'simulator'] as const
export type AccountKind = (typeof accountKinds)[number]

export const wireNames = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const
export type WireName = (typeof wireNames)[number]

export type AccountState = 'ready' | 'paused' | 'limited' | 'out' | 'broken'

export interface AccountHold {
  /** Null: the account as a whole. */
  readonly model: string | null
  /** Null: until it is reset or changed. */
  readonly until: string | null
  readonly reason: string
}

export interface Account {
  readonly id: string
  readonly name: string
  readonly kind: AccountKind
  readonly base_url: string | null
  readonly api_key: string | null
  readonly oauth: { readonly scopes: readonly string[]; readonly expires_at: string | null } | null
  readonly models: Readonly<Record<string, string>> | null
  readonly wires: readonly WireName[] | null
  readonly priority: number
  readonly weight: number
  readonly max_concurrency: number | null
  readonly proxy: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly enabled: boolean
  /** False: only API keys that are pinned to it use it. */
  readonly schedulable: boolean
  readonly groups: readonly string[]
  /** US dollars. */
  readonly daily_budget: number | null
  readonly tags: readonly string[]
  readonly notes: string
  readonly state: AccountState
  readonly holds: readonly AccountHold[]
  readonly problem: string | null
  readonly active_calls: number
  readonly seen_limits: SeenLimits | null
  readonly created_at: string
  readonly last_used_at: string | null
}

/** What the upstream last said of its limits. */
export interface SeenLimits {
  readonly at: string
  readonly limits: readonly {
    readonly name: string
    readonly limit: number | null
    readonly remaining: number | null
    readonly resets_at: string | null
    readonly status: string | null
  }[]
}

export interface AccountTest {
  readonly ok: boolean
  readonly status: number | null
  readonly latency_ms: number
  readonly model: string | null
  readonly error: string | null
  readonly models: readonly string[] | null
}

export interface StartedAuthorization {
  readonly authorization_id: string
  readonly auth_url: string
  readonly expires_at: string
}

export interface KeyLimit {
  readonly what: LimitWhat
  readonly per: LimitPer
  /** US dollars for cost. */
  readonly max: number
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly user_id: string | null
  /** `admin`: its user changes its name, tags and notes only. */
  readonly managed_by: 'admin' | 'user'
  readonly enabled: boolean
  readonly expires_at: string | null
  readonly models: readonly string[] | null
  readonly wires: readonly string[] | null
  readonly ip_allow: readonly string[] | null
  readonly clients: readonly string[] | null
  readonly account_ids: readonly string[] | null
  readonly account_groups: readonly string[] | null
  /** It ends so long after its first use. */
  readonly active_seconds: number | null
  /** When it ends by either rule, as far as that is known. */
  readonly ends_at: string | null
  readonly limits: readonly KeyLimit[]
  readonly tags: readonly string[]
  readonly notes: string
  readonly created_at: string
  readonly last_used_at: string | null
  readonly deleted_at: string | null
}

/** As lists have them. */
export interface ListedApiKey extends ApiKey {
  /** US dollars since the month began, UTC; of one’s own: charged. */
  readonly month_cost_usd: number
}

export interface CreatedApiKey extends ApiKey {
  readonly key: string
}

export const priceKinds = [
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'thinking',
  'audio_input',
  'audio_output',
  'web_search',
  'file_search',
] as const
export type PriceKind = (typeof priceKinds)[number]

/** US dollars for one million tokens; for one thousand searches. */
export type ModelPrices = Readonly<Record<PriceKind, number>> & {
  /** Multiples of the prices for tokens, those that were set. */
  readonly service_tiers: Readonly<Record<string, number>>
  readonly source: string
}

export interface CatalogModel {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly context_limit: number | null
  readonly inputs: readonly ('image' | 'document')[]
  readonly features: readonly ('tools' | 'thinking')[]
  /** They were set; else they are as its name says. */
  readonly has_own_abilities: boolean
  readonly pricing_per_1k_tokens: string | null
  readonly prices: ModelPrices | null
  readonly has_own_prices: boolean
  readonly is_active: boolean
  readonly sort_order: number
}

export interface PricedModel {
  readonly model: string
  readonly tiers: readonly { readonly above_input_tokens: number; readonly prices: ModelPrices }[]
  /** Multiples, also those that were not set here. */
  readonly service_tiers: Readonly<Record<string, number>>
  readonly history: readonly {
    readonly version: number
    readonly set_at: string
    readonly prices: ModelPrices | null
  }[]
}

export interface UsageRecord {
  readonly request_id: string
  readonly at: string
  readonly user_id: string | null
  readonly key_id: string | null
  readonly account_id: string | null
  readonly model: string
  readonly upstream_model: string | null
  readonly wire: string
  readonly status: 'open' | 'settled'
  readonly http_status: number | null
  readonly end_reason: string | null
  readonly error_code: string | null
  readonly input_tokens: number
  readonly output_tokens: number
  readonly thinking_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly web_searches: number
  readonly file_searches: number
  readonly service_tier: string | null
  readonly usage_source: string | null
  readonly cost_usd: number
  readonly price_source: string | null
  readonly first_byte_ms: number | null
  readonly duration_ms: number | null
  readonly attempts: number
}

/** Users of whom the same holds. */
export interface UserGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Names and patterns; null: all. */
  readonly models: readonly string[] | null
  readonly token_quota: number | null
  readonly members: number
}

export interface Person {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly nickname: string | null
  readonly plan: string
  readonly role: 'admin' | 'user'
  readonly token_quota: number
  readonly token_used: number
  readonly is_active: boolean
  readonly status: 'active' | 'pending' | 'blocked'
  readonly group_id: string | null
  readonly last_seen_at: string | null
  readonly mfa_enabled: boolean
  readonly created_at: string
  readonly last_login_at: string | null
}

/** As lists have them. */
export interface ListedPerson extends Person {
  /** US dollars since the month began, UTC. */
  readonly month_cost_usd: number
}

export interface Banner {
  readonly text: string
  readonly tone: 'info' | 'warning'
}

export type SettingValue = string | number | boolean | null | readonly string[] | Banner

/** A setting with its value, and who said so. */
export interface SettingState {
  readonly name: string
  /** Null: it cannot be changed while the server runs. */
  readonly field: string | null
  readonly variable: string | null
  readonly group: string
  readonly help: string
  readonly value: SettingValue
  readonly source: 'default' | 'environment' | 'file' | 'stored'
  readonly default_value: SettingValue
  /** As it stands there; null: it says nothing. */
  readonly environment_value: string | null
  readonly is_secret: boolean
}

export interface Health {
  readonly status: 'ok' | 'degraded' | 'unavailable'
  readonly version: string
  readonly uptime_seconds: number
  readonly parts: Readonly<Record<string, { readonly status: 'ok' | 'failed'; readonly reason?: string }>>
}

export const usageDimensions = ['all', 'key', 'user', 'group', 'account', 'model', 'wire'] as const
export type UsageDimension = (typeof usageDimensions)[number]

export interface UsageSums {
  readonly requests: number
  readonly errors: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly tokens: number
  readonly cost_usd: number
  readonly charged_usd: number
  readonly average_duration_ms: number | null
  readonly average_first_byte_ms: number | null
}

export interface UsageRow extends UsageSums {
  /** When the hour, day or month began, UTC. */
  readonly time: string
  readonly subject: string
}

export interface Dashboard {
  readonly at: string
  readonly hours: readonly UsageRow[]
  readonly days: readonly UsageRow[]
  readonly requests_per_minute: number
  readonly tokens_per_minute: number
  readonly top: Readonly<Record<'models' | 'keys' | 'users' | 'accounts', readonly UsageRow[]>>
  readonly accounts: {
    readonly by_state: Readonly<Record<AccountState, number>>
    readonly active_calls: number
    readonly list: readonly Pick<Account, 'id' | 'name' | 'kind' | 'state' | 'active_calls'>[]
  }
}

export interface Alert {
  readonly id: string
  readonly at: string
  readonly subject_kind: string
  readonly subject_id: string
  readonly what: LimitWhat | 'quota'
  readonly per: LimitPer
  readonly percent: number
  /** US dollars for cost. */
  readonly used: number
  readonly max: number
}

export interface LimitRule extends KeyLimit {
  readonly id: string
  /** `group`: its members together; `member`: each of them. */
  readonly subject_kind: 'user' | 'group' | 'member' | 'account' | 'model'
  readonly subject_id: string
}

export interface CallTrace {
  readonly affinity_account_id: string | null
  readonly candidates: readonly {
    readonly account_id: string
    readonly upstream_model: string
    /** Why it could not be tried; null: it could. */
    readonly out: string | null
  }[]
  readonly order: readonly string[]
  readonly passed_over: readonly { readonly account_id: string; readonly reason: string; readonly at_ms: number }[]
  readonly attempts: readonly {
    readonly account_id: string
    readonly upstream_model: string
    readonly at_ms: number
    readonly duration_ms: number
    readonly first_byte_ms: number | null
    readonly upstream_status: number | null
    readonly end_reason: string
    readonly error: string | null
    readonly committed: boolean
  }[]
}

export interface Explanation {
  readonly would_go_to: string | null
  readonly refusal: { readonly code: string; readonly message: string } | null
  readonly order: readonly string[]
  readonly accounts: readonly {
    readonly account_id: string
    readonly name: string
    readonly upstream_model: string | null
    readonly out: string | null
    readonly priority: number
    readonly weight: number
    readonly active_calls: number
  }[]
}
