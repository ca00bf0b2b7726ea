import type { Generated } from 'kysely'
import type { Fixed, Flag } from './column-types.ts'
import type {
  AttachmentTable,
  FileChunkTable,
  MessageAttachmentTable,
  ShareAttachmentTable,
  StoredFileTable,
} from './file-tables.ts'
import type {
  InvitationTable,
  NoticeTable,
  OidcIdentityTable,
  PasswordResetTable,
  RecoveryCodeTable,
  SessionTable,
  UserMfaTable,
  UserGroupTable,
  UserTable,
} from './identity-tables.ts'
import type {
  AlertTable,
  CallPlanTable,
  CallTraceTable,
  ChargeMultiplierTable,
  FailedAttemptTable,
  LimitRuleTable,
  PriceVersionTable,
  UsageRecordTable,
  UsageRollupTable,
} from './ledger-tables.ts'

/**
 * The tables, the same on SQLite and PostgreSQL. Times are whole milliseconds since 1970 (UTC), money is whole
 * nano-dollars, flags are 0 or 1, `…_json` columns hold JSON text, ids are UUIDv7 text unless said otherwise.
 */
export interface Tables {
  setting: SettingTable
  node: NodeTable
  audit: AuditTable
  user: UserTable
  user_group: UserGroupTable
  session: SessionTable
  user_mfa: UserMfaTable
  recovery_code: RecoveryCodeTable
  password_reset: PasswordResetTable
  invitation: InvitationTable
  oidc_identity: OidcIdentityTable
  notice: NoticeTable
  api_key: ApiKeyTable
  account: AccountTable
  account_hold: AccountHoldTable
  model: ModelTable
  usage_record: UsageRecordTable
  call_trace: CallTraceTable
  call_plan: CallPlanTable
  failed_attempt: FailedAttemptTable
  usage_rollup: UsageRollupTable
  price_version: PriceVersionTable
  limit_rule: LimitRuleTable
  charge_multiplier: ChargeMultiplierTable
  alert: AlertTable
  conversation: ConversationTable
  conversation_tag: ConversationTagTable
  message: MessageTable
  stored_file: StoredFileTable
  file_chunk: FileChunkTable
  attachment: AttachmentTable
  message_attachment: MessageAttachmentTable
  share_attachment: ShareAttachmentTable
  search_document: SearchDocumentTable
  run: RunTable
  run_event: RunEventTable
  bot: BotTable
  conversation_bot: ConversationBotTable
  template: TemplateTable
  share: ShareTable
  deletion: DeletionTable
  stored_response: StoredResponseTable
  stored_response_item: StoredResponseItemTable
  cached_reply: CachedReplyTable
}

export interface SettingTable {
  /** Dotted name, `registration.open`. */
  key: string
  value_json: string
  updated_at: number
  updated_by: string | null
}

/** A running process. Rows that it left open are settled by others when its heart-beat is old. */
export interface NodeTable {
  id: Fixed<string>
  host: Fixed<string>
  pid: Fixed<number>
  started_at: Fixed<number>
  heartbeat_at: number
  stopped_at: number | null
  /** How often it has corrected prices of the past. */
  corrections: Generated<number>
}

export interface AuditTable {
  id: Fixed<string>
  at: Fixed<number>
  actor_id: Fixed<string | null>
  action: Fixed<string>
  target_kind: Fixed<string>
  target_id: Fixed<string | null>
  /** What was asked for: the values after. */
  detail_json: Fixed<string>
  /** The same fields before; null: it was not a change, or nobody noted them. */
  before_json: Fixed<string | null>
  request_id: Fixed<string | null>
  ip: Fixed<string | null>
  /** `cli`: the command line in the actor's name; null: the actor. */
  via: Fixed<string | null>
}

export interface ApiKeyTable {
  id: Fixed<string>
  name: string
  /** HMAC-SHA-256 of the key with the server's pepper, hex: found by index, in one step. */
  hash: string
  /** The first and last characters, for people: `cr_ab12…9f`. */
  hint: string
  user_id: string | null
  /** Who says what it may do: `user`, or `admin` and its user only what it is called. */
  managed_by: Generated<'admin' | 'user'>
  is_enabled: Generated<Flag>
  expires_at: number | null
  /** How long it is good from its first use; null: that does not matter. */
  active_seconds: number | null
  /** Its first use, of a key with `active_seconds`. */
  activated_at: number | null
  models_json: string | null
  wires_json: string | null
  ip_allow_json: string | null
  /** Families of clients that may use it. */
  clients_json: string | null
  tags_json: Generated<string>
  account_ids_json: string | null
  /** Names of groups; the accounts in them are allowed as those in `account_ids_json` are. */
  account_groups_json: string | null
  /** How old replies of equal calls may be; 0: it gets none; null: as the server offers. */
  cache_seconds: number | null
  limits_json: Generated<string>
  notes: Generated<string>
  created_at: Fixed<number>
  updated_at: number
  last_used_at: number | null
  deleted_at: number | null
}

export interface AccountTable {
  id: Fixed<string>
  name: string
  kind: string
  base_url: string | null
  /** The only one who may use it; null: everybody's. */
  owner_id: Fixed<string | null>
  /** AES-256-GCM, see config/secrets. */
  credential: string | null
  /** Public model id → upstream model id, as a JSON object; null: serves every model of its kind. */
  models_json: string | null
  /** Wires that the upstream speaks, as a JSON array; null: those of its kind. */
  wires_json: string | null
  priority: Generated<number>
  weight: Generated<number>
  max_concurrency: number | null
  /** AES-256-GCM: proxy URLs hold passwords. */
  proxy: string | null
  /** AES-256-GCM of a JSON object: custom headers hold credentials. */
  headers: string | null
  is_enabled: Generated<Flag>
  /** 0: only callers that are pinned to it use it. */
  is_schedulable: Generated<Flag>
  groups_json: Generated<string>
  tags_json: Generated<string>
  notes: Generated<string>
  /** What the upstream last said of its limits, in its own headers. */
  seen_limits_json: string | null
  /** Who gets new tokens for it, and until when nobody else does; null: nobody. */
  refreshing_by: string | null
  refreshing_until: number | null
  created_at: Fixed<number>
  updated_at: number
  last_used_at: number | null
  deleted_at: number | null
}

/** Why an account is out: kept so that a restart does not run into the same limit again. */
export interface AccountHoldTable {
  account_id: Fixed<string>
  /** The upstream's name of the model; '' for the account as a whole. */
  model: Fixed<string>
  /** Null: until it is reset. */
  until_at: number | null
  /** Holds in a row. */
  level: number
  reason: string
}

/** A model that people and programs can ask for. `id` is its public name. */
export interface ModelTable {
  id: Fixed<string>
  name: string
  provider: string
  /** The only one who may choose it; null: everybody's. */
  owner_id: Fixed<string | null>
  /** The account that was made for it; null: whichever serve it. */
  account_id: string | null
  context_limit: number | null
  /** US dollars for 1,000 tokens, as text, for people. */
  pricing_per_1k_tokens: string | null
  /** Nano-dollars for one million tokens of each kind; null: not priced. */
  price_json: string | null
  /** A list of what it reads besides text; null: as its name says. */
  inputs_json: string | null
  features_json: string | null
  is_active: Generated<Flag>
  sort_order: Generated<number>
  created_at: Fixed<number>
  updated_at: number
}

export type ReplyMode = 'all' | 'at_once' | 'mentioned' | 'moderated'

export interface ConversationTable {
  id: Fixed<string>
  user_id: Fixed<string>
  title: string
  /** Who made the title: a typed one is never overwritten. */
  title_source: 'default' | 'reply' | 'model' | 'typed'
  model_id: string
  system_prompt: string | null
  parameters_json: Generated<string>
  active_leaf_id: string | null
  /** In a group, bots answer. */
  kind: Generated<'personal' | 'group'>
  /** Which of a group's bots answer: all, those that are called by name, or the moderator and whom it calls. */
  reply_mode: Generated<ReplyMode>
  moderator_id: Generated<string | null>
  /** How many turns bots may give each other by name after a person's message. */
  bot_turns: Generated<number>
  /** At the top of the list, the highest first; 0: not pinned. */
  pin_rank: Generated<number>
  /** Out of the list, and still there. */
  is_archived: Generated<Flag>
  folder: string | null
  /** Not listed, not found, and gone a day after its last message. */
  is_temporary: Generated<Flag>
  /** By the database's clock: what `GET /api/sync` goes by. */
  changed_at: Generated<number>
  /** Counts changes; `If-Match` compares it. */
  version: Generated<number>
  created_at: Fixed<number>
  updated_at: number
}

export interface ConversationTagTable {
  conversation_id: Fixed<string>
  tag: Fixed<string>
}

/** A tree: editing or regenerating adds a sibling, nothing is overwritten. */
export interface MessageTable {
  id: Fixed<string>
  conversation_id: Fixed<string>
  parent_id: Fixed<string | null>
  sender_type: Fixed<'user' | 'bot'>
  sender_id: Fixed<string | null>
  sender_name: Fixed<string | null>
  content: string
  /** Thinking and tool blocks beside the text (neutral form); null when there are none. */
  blocks_json: string | null
  /** What comes with it, as it was when it was sent; null: nothing. */
  attachments_json: string | null
  model_id: string | null
  /** `running`, `done`, `stopped`, `interrupted`, `failed`. */
  status: string
  ai_error: Generated<Flag>
  error_message: string | null
  end_reason: string | null
  run_id: string | null
  /** Made by the client: the same send twice is one message. Unique in a conversation. */
  client_message_id: string | null
  input_tokens: Generated<number>
  output_tokens: Generated<number>
  cost_nanos: Generated<number>
  /** What the person thinks of a reply: 1 good, -1 bad; null: has not said. */
  rating: number | null
  created_at: Fixed<number>
  updated_at: number
}

/** Something that can be found: a message, part of a very long one, or a title. Its words are in the index beside it. */
export interface SearchDocumentTable {
  /** Sorts by time: the milliseconds of its making, and 11 bits more. */
  number: Fixed<number>
  conversation_id: Fixed<string>
  /** Null: the conversation's title. */
  message_id: Fixed<string | null>
}

/** One generation. It lives in the server, not in a request. */
export interface RunTable {
  id: Fixed<string>
  conversation_id: Fixed<string>
  user_id: Fixed<string>
  user_message_id: Fixed<string | null>
  message_id: Fixed<string>
  model_id: Fixed<string>
  node_id: string
  status: 'running' | 'done' | 'stopped' | 'interrupted' | 'failed'
  error_message: string | null
  created_at: Fixed<number>
  heartbeat_at: number
  ended_at: number | null
}

/** The run's log: contiguous numbers from 1; a reader sees nothing that is not in it. */
export interface RunEventTable {
  run_id: Fixed<string>
  seq: Fixed<number>
  payload_json: Fixed<string>
}

/** Somebody who answers in a group: a character, and the model that plays it. */
export interface BotTable {
  id: Fixed<string>
  /** Null: everybody's, and nobody's to change. */
  user_id: Fixed<string | null>
  name: string
  personality: string
  description: string
  response_tendency: string
  /** Null: the group's own model. */
  model_id: string | null
  parameters_json: Generated<string>
  /** Of its avatar, `#2563eb`. */
  color: string | null
  created_at: Fixed<number>
  updated_at: number
}

export interface ConversationBotTable {
  conversation_id: Fixed<string>
  bot_id: Fixed<string>
}

/** A prompt to be filled in: `{{name}}` in its content is a variable. */
export interface TemplateTable {
  id: Fixed<string>
  user_id: Fixed<string>
  name: string
  content: string
  /** Everybody here may use it; only its owner may change it. */
  is_shared: Generated<Flag>
  created_at: Fixed<number>
  updated_at: number
}

/** Something that was deleted; its content is there as long as it can be brought back. */
export interface DeletionTable {
  id: Fixed<string>
  user_id: Fixed<string>
  conversation_id: Fixed<string>
  /** Null: the whole conversation. */
  message_id: Fixed<string | null>
  content_json: string | null
  /** By the database's clock, as `changed_at`. */
  deleted_at: Fixed<number>
}

/** A conversation as it was when it was shared. Who has the token can read it. */
export interface ShareTable {
  token: Fixed<string>
  /** One link for each conversation. */
  conversation_id: Fixed<string>
  snapshot_json: Fixed<string>
  created_at: Fixed<number>
  expires_at: Fixed<number | null>
}

/** A reply of /v1/responses that its key can go on from. */
export interface StoredResponseTable {
  key_id: Fixed<string>
  id: Fixed<string>
  /** What its request went on from. */
  previous_id: Fixed<string | null>
  /** AES-256-GCM of JSON: the items that the request added, and the response. */
  content: Fixed<string>
  created_at: Fixed<number>
  expires_at: number
}

/** A reply that equal calls get again. */
export interface CachedReplyTable {
  /** A keyed hash of what was asked. */
  name: Fixed<string>
  /** AES-256-GCM of JSON: status, headers and body. */
  content: string
  /** Of the content. */
  size: number
  created_at: number
  expires_at: number
}

/** In which response an item is, for requests that refer to items. */
export interface StoredResponseItemTable {
  key_id: Fixed<string>
  item_id: Fixed<string>
  response_id: string
}
