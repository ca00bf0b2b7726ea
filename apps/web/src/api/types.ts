/** What the server sends, as far as the page reads it; the whole is in `/openapi.json`. */
export interface User {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly nickname: string | null
  readonly plan: string
  readonly role: 'admin' | 'user'
}

export interface Profile extends User {
  readonly token_quota: number
  readonly token_used: number
  readonly created_at: string
  readonly last_login_at: string | null
  /** False: they sign in through a provider. */
  readonly has_password: boolean
}

export interface AppInfo {
  readonly name: string
  readonly version: string
  readonly is_demo: boolean
  readonly registration_open: boolean
  /** There are no others to say anything about. */
  readonly single_user: boolean
  readonly minimum_password_length: number
  readonly default_model: string
  /** The largest file that can come with a message. */
  readonly attachment_max_bytes: number
  /** What the operator has to say to everybody. */
  readonly banner: { readonly text: string; readonly tone: 'info' | 'warning' } | null
  /** What an empty conversation proposes. */
  readonly suggestions: Readonly<Record<'en' | 'zh', readonly string[]>>
  /** Links to a new password come by mail; else an administrator hands them over. */
  readonly sends_mail: boolean
  /** What the provider to sign in with is called; null: there is none. */
  readonly oidc_name: string | null
}

export interface Model {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly context_limit: number | null
  readonly pricing_per_1k_tokens: string | null
  readonly is_active: number
  /** Everybody's; else it is the person's own. */
  readonly isSystem: boolean
  /** The upstream's name for it. */
  readonly modelId: string
  readonly apiUrl: string | null
  /** The key, masked. */
  readonly apiKeyHint: string | null
  /** What it reads besides text. */
  readonly inputs: readonly ('image' | 'document')[]
  /** What it is known to do beyond answering. */
  readonly features: readonly ('tools' | 'thinking')[]
  /** They were chosen; else they are as its name says. */
  readonly has_own_abilities: boolean
}

export interface Parameters {
  readonly temperature?: number | undefined
  readonly top_p?: number | undefined
  readonly max_tokens?: number | undefined
  readonly reasoning_effort?: 'minimal' | 'low' | 'medium' | 'high' | undefined
}

export interface Conversation {
  readonly id: string
  readonly title: string
  readonly model_id: string
  readonly kind: 'personal' | 'group'
  readonly is_pinned: boolean
  /** Of those that are pinned, the highest stands first. */
  readonly pin_rank: number
  readonly is_archived: boolean
  readonly is_temporary: boolean
  readonly folder: string | null
  readonly tags: readonly string[]
  readonly system_prompt: string | null
  readonly parameters: Parameters
  readonly active_leaf_id: string | null
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

export interface ConversationWithMessages extends Conversation {
  readonly messages: readonly Message[]
}

export type MessageStatus = 'running' | 'done' | 'stopped' | 'interrupted' | 'failed'

export type Rating = 'good' | 'bad'

export interface Message {
  readonly id: string
  readonly conversation_id: string
  readonly parent_id: string | null
  readonly sibling_ids: readonly string[]
  readonly role: 'user' | 'assistant'
  readonly sender_id: string | null
  readonly sender_name: string | null
  readonly content: string
  readonly attachments: readonly Attachment[]
  readonly blocks: readonly MessageBlock[] | null
  readonly model_id: string | null
  readonly status: MessageStatus
  readonly error_message: string | null
  readonly end_reason: string | null
  readonly run_id: string | null
  readonly client_message_id: string | null
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
  /** What the person thinks of it. */
  readonly rating: Rating | null
  readonly created_at: string
  readonly updated_at: string
}

/** A file that was sent with a message, or is going to be. */
export interface Attachment {
  readonly id: string
  readonly name: string
  readonly media_type: string
  /** In bytes. */
  readonly size: number
  /** When it was uploaded; messages do not say it. */
  readonly created_at?: string
  /** It is not there any more. */
  readonly is_deleted?: true | undefined
}

/** In the list of one's files. */
export interface StoredAttachment extends Attachment {
  readonly created_at: string
  /** How many messages have it. */
  readonly message_count: number
}

export interface TextBlock {
  readonly type: 'text' | 'refusal' | 'thinking'
  readonly text: string
}
export interface ToolBlock {
  readonly type: 'tool-call'
  readonly id: string
  readonly name: string
  readonly arguments: string
}
export interface ImageBlock {
  readonly type: 'image'
  readonly source: { readonly kind: string; readonly mediaType?: string; readonly data?: string }
}
/** What a tool has said. It follows the call, and nothing here vouches for its shape: it may come from somebody's file. */
export interface ToolResultBlock {
  readonly type: 'tool-result'
  readonly toolCallId?: string
  readonly content?: readonly { readonly type: string; readonly text?: unknown }[]
  readonly isError?: boolean
}
export type MessageBlock = TextBlock | ToolBlock | ToolResultBlock | ImageBlock

export interface Bot {
  readonly id: string
  readonly name: string
  readonly personality: string
  readonly description: string
  readonly response_tendency: string
  readonly model_id: string | null
  readonly color: string | null
  readonly is_preset: boolean
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly bot_ids: readonly string[]
  readonly bots: readonly Bot[]
  readonly model_id: string
  readonly reply_mode: 'all' | 'at_once' | 'mentioned' | 'moderated'
  readonly is_pinned: boolean
  readonly pin_rank: number
  readonly created_at: string
  readonly updated_at: string
}

export interface Run {
  readonly id: string
  readonly conversation_id: string
  readonly message_id: string
  readonly status: MessageStatus
}

export interface PersonalSettings {
  readonly language: 'en' | 'zh' | null
  readonly theme: 'light' | 'dark' | 'system'
  readonly default_model: string | null
  readonly preferences: Readonly<Record<string, unknown>>
}

export interface SignInSession {
  readonly id: string
  readonly created_at: string
  readonly last_used_at: string
  readonly ip: string | null
  readonly user_agent: string | null
  readonly is_current: boolean
}
