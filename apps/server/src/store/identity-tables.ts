import type { Generated } from 'kysely'
import type { Fixed, Flag } from './column-types.ts'

export interface UserTable {
  id: Fixed<string>
  /** Lower case. */
  email: string
  username: string
  nickname: string | null
  password_hash: string
  /** 0: signed in through another provider only, and the hash is of something that nobody knows. */
  has_password: Generated<Flag>
  role: 'admin' | 'user'
  plan: Generated<string>
  is_active: Generated<Flag>
  /** Registered, switched off, and waiting for an administrator. */
  is_pending: Generated<Flag>
  group_id: string | null
  token_quota: number
  token_used: Generated<number>
  created_at: Fixed<number>
  updated_at: number
  last_login_at: number | null
}

/** People of whom the same holds. */
export interface UserGroupTable {
  id: Fixed<string>
  name: string
  description: string
  /** Names of models, with `*`; null: all. */
  models_json: string | null
  token_quota: number | null
  created_at: Fixed<number>
  updated_at: number
}

/** One sign-in: a family of refresh tokens of which only the newest is good. */
export interface SessionTable {
  id: Fixed<string>
  user_id: Fixed<string>
  refresh_hash: string
  /** The token before, accepted for a moment so that two tabs refreshing at once both succeed. */
  previous_hash: string | null
  rotated_at: number
  created_at: Fixed<number>
  last_used_at: number
  expires_at: number
  revoked_at: number | null
  ip: string | null
  user_agent: string | null
}

/** Somebody's authenticator. Its secret is sealed. */
export interface UserMfaTable {
  user_id: Fixed<string>
  secret_sealed: string
  /** Null: set up and not confirmed with a code yet. */
  enabled_at: number | null
  /** The time step of the last code that was used; none is accepted at it or before. */
  last_step: number
  created_at: number
}

/** What signs in once when the authenticator is lost. */
export interface RecoveryCodeTable {
  user_id: Fixed<string>
  hash: Fixed<string>
  used_at: number | null
}

/** A link to a new password: good once, for a while. */
export interface PasswordResetTable {
  /** SHA-256 of the token, hex. */
  hash: Fixed<string>
  user_id: Fixed<string>
  created_at: Fixed<number>
  expires_at: Fixed<number>
}

/** A link with which somebody may register: good once, for a while. */
export interface InvitationTable {
  id: Fixed<string>
  /** SHA-256 of the token, hex. */
  hash: Fixed<string>
  /** In lower case, of the only one who may use it; null: anybody. */
  email: Fixed<string | null>
  role: Fixed<'admin' | 'user'>
  created_by: Fixed<string>
  created_at: Fixed<number>
  expires_at: Fixed<number>
  used_at: number | null
  used_by: string | null
}

/** Who somebody is at an OpenID Connect provider. */
export interface OidcIdentityTable {
  issuer: Fixed<string>
  subject: Fixed<string>
  user_id: Fixed<string>
  created_at: Fixed<number>
}

/** What waits for an administrator: one row for each kind and subject, however often it happened. */
export interface NoticeTable {
  id: Fixed<string>
  kind: Fixed<'password_reset' | 'account_sign_in'>
  subject_id: Fixed<string>
  first_at: Fixed<number>
  last_at: number
  count: number
}
