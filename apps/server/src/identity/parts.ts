import type { Config } from '../config/config.ts'
import type { Encryption } from '../config/encryption.ts'
import type { Counters } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { Passwords } from './passwords.ts'
import type { SessionCache } from './session-cache.ts'
import type { Tokens } from './tokens.ts'

export interface RegistrationRules {
  readonly isRegistrationOpen: boolean
  /** Tokens that a new user may use. */
  readonly tokenQuota: number
}

/** What the parts of this folder share. */
export interface IdentityParts {
  readonly settings: Config['identity']
  readonly rules: () => RegistrationRules
  readonly store: Store
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly sessionCache: SessionCache
  readonly encryption: Encryption
  readonly counters: Counters
  readonly clock: () => number
}
