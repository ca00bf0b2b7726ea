/** What `/api` answers, as far as programs mostly need it; `/openapi.json` describes all of it. Times are ISO 8601 in UTC. */

export interface User {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly nickname: string | null
  readonly plan: string
  readonly role: 'admin' | 'user'
}

export interface SignedIn {
  readonly token: string
  readonly refresh_token: string
  readonly user: User
}

/** The password was right; a code is needed still. */
export interface MfaChallenge {
  readonly mfa_required: true
  readonly challenge: string
  readonly expires_at: string
}

/** The account is made; an administrator has to let it in before anybody can sign in to it. */
export interface WaitingSignUp {
  readonly approval_required: true
  readonly user: User
}

export interface Model {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly context_limit: number | null
  /** What it reads besides text. */
  readonly inputs: readonly ('image' | 'document')[]
  /** What it is known to do beyond answering. */
  readonly features: readonly ('tools' | 'thinking')[]
}

export interface Conversation {
  readonly id: string
  readonly title: string
  readonly model_id: string
  readonly tags: readonly string[]
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

export interface Attachment {
  readonly id: string
  readonly name: string
  /** By its content: image/png, image/jpeg, image/gif, image/webp, application/pdf or text/plain. */
  readonly media_type: string
  /** Bytes. */
  readonly size: number
  /** The file itself was deleted. */
  readonly is_deleted?: true | undefined
}

export interface Message {
  readonly id: string
  readonly conversation_id: string
  readonly parent_id: string | null
  readonly role: 'user' | 'assistant'
  readonly content: string
  /** The one that wrote it. */
  readonly model: string | null
  readonly attachments: readonly Attachment[]
  readonly status: 'running' | 'done' | 'stopped' | 'interrupted' | 'failed'
  readonly error_message: string | null
  readonly run_id: string | null
  readonly created_at: string
}

export interface Run {
  readonly id: string
  readonly conversation_id: string
  readonly status: string
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly page: number
  readonly limit: number
  readonly total: number
}

/** One event of a reply. `number` is its place in the run's log: reading goes on after it. */
export type RunEvent = { readonly number: number | undefined } & (
  | { readonly type: 'run'; readonly data: { readonly id: string; readonly conversation_id: string } }
  | {
      readonly type: 'userMessage'
      readonly data: { readonly id: string; readonly content: string; readonly attachments?: readonly Attachment[] }
    }
  | { readonly type: 'aiMessageStart'; readonly data: { readonly id: string; readonly sender_name?: string } }
  | {
      readonly type: 'aiMessageChunk' | 'aiThinkingChunk' | 'aiMessageEnd'
      readonly data: { readonly messageId: string; readonly content: string; readonly sender_name?: string }
    }
  | {
      readonly type: 'aiToolCall' | 'aiImage' | 'usage' | 'context'
      readonly data: { readonly [name: string]: unknown }
    }
  | { readonly type: 'error'; readonly message: string; readonly code?: string }
  | { readonly type: 'done'; readonly success: boolean }
)
