import type { EndReason, Language, Limit, MessageParameters, ReachedLimit } from '@parley/contract'
import type { ChatRequest, JsonObject, Usage, WireName } from '@parley/wires'
import type { Reply } from './reply.ts'

/**
 * One call on its way through the engine: admit → plan → call → settle. Made by a door, it says who asks what and where
 * the answer goes; no step adds anything to it.
 */
export interface Exchange {
  /** The request id: in the ledger, in the logs, in the reply's headers. */
  readonly id: string
  /** A proxy made the id, and it may come again; absent: it was made here. */
  readonly isIdForeign?: boolean
  readonly caller: Caller
  readonly ask: Ask
  readonly reply: Reply
  /** Of the monotonic clock, `performance.now()`. */
  readonly startedAt: number
  readonly conversationId: string | null
  /** What the caller reads errors of ours in; absent: English, or the chat says them again. */
  readonly language?: Language
  /** The reply of an equal call may answer it, so old at most; absent: it is made. */
  readonly cacheMs?: number | undefined
  /** Told when the reply will be shorter than asked for, because a limit of the caller is near. */
  readonly onShortened?: () => void
  /** Told when the call stands in the ledger, and under which id. */
  readonly onAdmitted?: (id: string) => void
}

/** What is asked. A program's request came as bytes in a wire's form; the chat's own is neutral. */
export type Ask = WireAsk | NeutralAsk

/** What may be asked of a model besides a reply. */
export type OperationName = 'count-tokens' | 'embed' | 'complete' | 'compact'

export interface WireAsk {
  readonly kind: 'wire'
  readonly wire: WireName
  readonly model: string
  readonly isStream: boolean
  /** Something else than a reply; absent: a reply. */
  readonly operation?: OperationName | undefined
  /** Gemini: what stands behind the model in the path, `embedContent`. */
  readonly method?: string | undefined
  /** As received: what is sent on to an upstream that speaks the same wire. */
  readonly body: Buffer
  readonly json: JsonObject
  /** Request headers that may cross to an upstream of the same wire. */
  readonly headers: { readonly [name: string]: string }
  /** The client's own id of its session, from its headers. */
  readonly sessionId: string | undefined
  /** What follows `?` in the URL, for the same wire (`beta=true`); '' for none. */
  readonly query: string
}

export interface NeutralAsk {
  readonly kind: 'neutral'
  readonly model: string
  readonly isStream: boolean
  readonly request: ChatRequest
}

/** Who makes a call, as every part of the engine sees them. Made by the doors from an API key or a session. */
export interface Caller {
  /** Whose limits and bill it is; null for a key without an owner. */
  readonly userId: string | null
  /** The API key; null for a person in the chat. */
  readonly keyId: string | null
  /** Models that may be used; null: all. */
  readonly models: readonly string[] | null
  readonly wires: readonly WireName[] | null
  /** Accounts that may be used; null: all. */
  readonly accountIds: readonly string[] | null
  readonly limits: readonly Limit[]
  /** The operator chose the model, not the user: what the user's group may use is not asked. */
  readonly isOperatorsChoice?: true
}

/** How a call ended and what it used: what settle writes and callers of the engine get. */
export interface Outcome {
  readonly endReason: EndReason
  /** The status that the caller was given; 499 when the caller left. */
  readonly httpStatus: number
  readonly usage: Usage
  readonly usageSource: 'upstream' | 'estimate' | 'none'
  readonly costNanos: number
  readonly accountId: string | null
  readonly upstreamModel: string | null
  readonly attempts: number
  readonly firstByteMs: number | null
  readonly durationMs: number
  /** What the caller is told when it did not end well. */
  readonly error:
    | {
        readonly code: string
        readonly message: string
        readonly retryAfterMs?: number
        /** The limit that refused. */
        readonly limit?: ReachedLimit
        /** Of the code's text, to say it in the caller's language. */
        readonly parameters?: MessageParameters
      }
    | undefined
}
