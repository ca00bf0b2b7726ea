/** A conversation out of somebody's export file, whoever wrote the file. */
import type { AssistantBlock, ToolResultBlock } from '@parley/wires'
import type { ReplyMode } from '../../store/tables.ts'
import type { Parameters } from '../conversations/parameters.ts'

export type ImportSource = 'parley' | 'chatgpt' | 'claude' | 'open-webui' | 'nextchat'

export interface ImportedConversation {
  readonly source: ImportSource
  /** Its id where it comes from: the same one again is the same conversation. */
  readonly sourceId: string
  readonly title: string
  readonly modelId: string | null
  readonly systemPrompt: string | null
  readonly tags: readonly string[]
  /** The highest stands first; 0: not pinned. */
  readonly pinRank: number
  readonly isArchived: boolean
  /** Milliseconds since 1970; undefined: not known. */
  readonly createdAt: number | undefined
  readonly updatedAt: number | undefined
  readonly messages: readonly ImportedMessage[]
  /** The end of the branch that was shown. */
  readonly activeId: string | undefined
  /** What other platforms do not have. */
  readonly own?: OwnConversation
}

export interface ImportedMessage {
  readonly id: string
  readonly parentId: string | null
  readonly role: 'user' | 'assistant' | 'other'
  readonly content: string
  readonly modelId: string | null
  readonly createdAt: number | undefined
  /** All of it in order, where it is more than text. */
  readonly blocks?: readonly ImportedBlock[] | undefined
  readonly own?: OwnMessage
}

export type ImportedBlock = AssistantBlock | ToolResultBlock

/** What only our own export says of a conversation. */
export interface OwnConversation {
  readonly folder: string | null
  readonly parameters: Parameters
  /** Undefined: it is no group. */
  readonly group: OwnGroup | undefined
}

export interface OwnGroup {
  readonly replyMode: ReplyMode
  readonly moderatorId: string | null
  readonly botTurns: number
  readonly bots: readonly OwnBot[]
}

export interface OwnBot {
  readonly id: string
  readonly name: string
  readonly personality: string
  readonly description: string
  readonly responseTendency: string
  readonly modelId: string | null
  readonly parameters: Parameters
  readonly color: string | null
  readonly createdAt: number
}

/** What only our own export says of a message. */
export interface OwnMessage {
  readonly senderId: string | null
  readonly senderName: string | null
  readonly blocks: readonly unknown[] | null
  readonly status: 'done' | 'stopped' | 'interrupted' | 'failed'
  readonly isError: boolean
  readonly errorMessage: string | null
  readonly endReason: string | null
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costNanos: number
  readonly rating: 1 | -1 | null
  readonly updatedAt: number | undefined
  readonly attachments: readonly OwnAttachment[]
}

export interface OwnAttachment {
  readonly id: string
  readonly name: string
  readonly media_type: string
  readonly size: number
}
