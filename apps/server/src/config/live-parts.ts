import type { Environment } from './env.ts'

/**
 * The parts of the configuration of which administrators may change something while the server runs. Whoever is given one
 * reads it at the moment it is needed and keeps nothing of it.
 */
export interface LiveParts {
  readonly identity: {
    readonly accessTokenSeconds: number
    readonly refreshTokenSeconds: number
    readonly minimumPasswordLength: number
    readonly signInsPerMinute: number
    readonly isRegistrationOpen: boolean
    /** There is one account at most. */
    readonly isSingleUser: boolean
    readonly tokenQuota: number
  }
  readonly chat: {
    readonly requestsPerMinute: number
    readonly defaultModel: string
    /** USAGE_EMIT */
    readonly isUsageSent: boolean
    /** USAGE_PROVIDER_ONLY */
    readonly isUsageFromUpstreamOnly: boolean
    readonly tokenizer: 'precise' | 'heuristic'
    /** Of replies that are sent whole; 0: no limit. */
    readonly completionTimeoutMs: number
    /** How often such a reply is asked for again. */
    readonly completionRetries: number
    /** Gives conversations their titles; undefined: nobody does. */
    readonly titleModel: string | undefined
    readonly attachments: { readonly maxBytes: number; readonly quotaBytes: number }
  }
  readonly relay: {
    /** Largest request body, bytes. */
    readonly maxBodyBytes: number
    readonly connectTimeoutMs: number
    readonly firstByteTimeoutMs: number
    /** PROVIDER_MAX_IDLE_MS */
    readonly idleTimeoutMs: number
    /** PROVIDER_TIMEOUT_MS */
    readonly totalTimeoutMs: number
    /** SSE_HEARTBEAT_INTERVAL_MS */
    readonly heartbeatMs: number
    readonly maxAttempts: number
    /** How long the chat waits before it asks the last account once more; 0: it does not. */
    readonly backoff: { readonly rateLimitedMs: number; readonly failedMs: number }
    /** How long a call waits when all accounts are busy. */
    readonly slotWaitMs: number
    /** How long to read on after the client left, to learn the usage. */
    readonly drainMs: number
    readonly drainBytes: number
    /** How long the decisions of a call are kept; 0: they are not written down. */
    readonly traceMs: number
    /** How long replies of /v1/responses are kept; 0: not at all. */
    readonly keepResponsesMs: number
    readonly cache: {
      /** How old a cached reply callers may ask for where their key says nothing; 0: none. */
      readonly offeredMs: number
      /** Whether keys get the replies of other keys. */
      readonly isShared: boolean
      readonly maxBytes: number
    }
    /** Models without a known price are not served. */
    readonly refusesUnpriced: boolean
  }
}

export function livePartsOf(values: Environment, minimumPasswordLength: number): LiveParts {
  return { identity: identityOf(values, minimumPasswordLength), chat: chatOf(values), relay: relayOf(values) }
}

/** The configuration with these parts as the values say that are in force at the moment somebody looks. */
export function followValues<Config extends LiveParts>(config: Config, values: () => Environment): Config {
  let parts = livePartsOf(values(), config.identity.minimumPasswordLength)
  let madeOf = values()
  const current = (): LiveParts => {
    const now = values()
    if (now !== madeOf) {
      parts = livePartsOf(now, config.identity.minimumPasswordLength)
      madeOf = now
    }
    return parts
  }
  return {
    ...config,
    identity: followed(() => current().identity),
    chat: followed(() => current().chat),
    relay: followed(() => current().relay),
  }
}

/** An object with the fields of whatever `current` gives when one of them is read. */
function followed<T extends object>(current: () => T): T {
  const view = {} as T
  for (const name of Object.keys(current()) as (keyof T)[]) {
    Object.defineProperty(view, name, { enumerable: true, get: () => current()[name] })
  }
  return view
}

function identityOf(values: Environment, minimumPasswordLength: number): LiveParts['identity'] {
  return {
    accessTokenSeconds: values.JWT_EXPIRES_IN,
    refreshTokenSeconds: values.REFRESH_EXPIRES_IN,
    minimumPasswordLength,
    signInsPerMinute: values.SIGN_INS_PER_MINUTE,
    isRegistrationOpen: values.OPEN_REGISTRATION,
    isSingleUser: values.SINGLE_USER,
    tokenQuota: values.TOKEN_QUOTA,
  }
}

function chatOf(values: Environment): LiveParts['chat'] {
  return {
    requestsPerMinute: values.CHAT_REQUESTS_PER_MINUTE,
    defaultModel: values.DEFAULT_MODEL,
    isUsageSent: values.USAGE_EMIT,
    isUsageFromUpstreamOnly: values.USAGE_PROVIDER_ONLY,
    tokenizer: values.TOKENIZER_MODE,
    completionTimeoutMs: values.COMPLETION_TIMEOUT_MS,
    completionRetries: values.COMPLETION_RETRIES,
    titleModel: values.TITLE_MODEL,
    attachments: { maxBytes: values.ATTACHMENT_MAX_BYTES, quotaBytes: values.ATTACHMENT_QUOTA_BYTES },
  }
}

function relayOf(values: Environment): LiveParts['relay'] {
  return {
    maxBodyBytes: values.MAX_BODY_BYTES,
    connectTimeoutMs: values.PROVIDER_CONNECT_TIMEOUT_MS,
    firstByteTimeoutMs: values.PROVIDER_FIRST_BYTE_TIMEOUT_MS,
    idleTimeoutMs: values.PROVIDER_MAX_IDLE_MS,
    totalTimeoutMs: values.PROVIDER_TIMEOUT_MS,
    heartbeatMs: values.SSE_HEARTBEAT_INTERVAL_MS,
    maxAttempts: values.PROVIDER_MAX_ATTEMPTS,
    backoff: { rateLimitedMs: values.PROVIDER_BACKOFF_429_MS, failedMs: values.PROVIDER_BACKOFF_5XX_MS },
    slotWaitMs: values.PROVIDER_SLOT_WAIT_MS,
    drainMs: values.DRAIN_MS,
    drainBytes: values.DRAIN_BYTES,
    traceMs: values.TRACE_HOURS * 3_600_000,
    keepResponsesMs: values.KEEP_RESPONSES_DAYS * 86_400_000,
    cache: {
      offeredMs: values.RESPONSE_CACHE_SECONDS * 1000,
      isShared: values.RESPONSE_CACHE_SHARED,
      maxBytes: values.RESPONSE_CACHE_MAX_BYTES,
    },
    refusesUnpriced: values.UNPRICED_MODELS === 'refuse',
  }
}
