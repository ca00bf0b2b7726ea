import type { Fixed } from './column-types.ts'

/** Bytes that people have added to messages, each content once. */
export interface StoredFileTable {
  id: Fixed<string>
  /** SHA-256 of the content, hex; null while it is being uploaded. */
  hash: string | null
  /** Bytes. */
  size: number
  /** By its content; a name says nothing. */
  media_type: string
  /** What it takes of a model's window, estimated. */
  token_count: number
  /** Its own AES-256 key, sealed. */
  sealed_key: string
  created_at: Fixed<number>
}

/** A piece of a file's content, AES-256-GCM. */
export interface FileChunkTable {
  file_id: Fixed<string>
  /** From 0. */
  number: Fixed<number>
  content: Fixed<Uint8Array>
}

/** A person's file: the same content may have several owners and names. */
export interface AttachmentTable {
  id: Fixed<string>
  user_id: Fixed<string>
  file_id: Fixed<string>
  name: Fixed<string>
  /** Since when no message and no share has it; null: one has, or nobody has looked yet. */
  unused_since: number | null
  created_at: Fixed<number>
}

export interface MessageAttachmentTable {
  message_id: Fixed<string>
  attachment_id: Fixed<string>
}

export interface ShareAttachmentTable {
  share_token: Fixed<string>
  attachment_id: Fixed<string>
}
