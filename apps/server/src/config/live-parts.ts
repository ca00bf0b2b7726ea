/**
 * The parts of the configuration of which administrators may change something while the server runs. Whoever is given one
 * reads it at the moment it is needed and keeps nothing of it.
 */
import type { Config } from './config.ts'
import type { Environment } from './env.ts'

export type LiveParts = Pick<Config, 'identity' | 'chat' | 'relay'>

export function livePartsOf(values: Environment, minimumPasswordLength: number): LiveParts {
  return { identity: identityOf(values, minimumPasswordLength), chat: chatOf(values), relay: relayOf(values) }
}

/** The configuration with these parts as the values say that are in force at the moment somebody looks. */
export function followValues(config: Config, values: () => Environment): Config {
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

function identityOf(values: Environment, minimumPasswordLength: number): Config['identity'] {
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

function chatOf(values: Environment): Config['chat'] {
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

function relayOf(values: Environment): Config['relay'] {
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
