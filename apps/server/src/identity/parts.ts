import type { Config } from '../config/config.ts'
import type { Encryption } from '../config/encryption.ts'
import type { Counters } from '../state/state.ts'
import type { LastUsed } from '../store/last-used.ts'
import type { Store } from '../store/store.ts'
import type { Passwords } from './passwords.ts'
import type { SessionCache } from './session-cache.ts'
import type { Tokens } from './tokens.ts'
import type { UserGroups } from './user-groups.ts'
import type { User } from './user.ts'

/** What holds for those who come by themselves: who register, or sign in through a provider for the first time. */
export interface SignUpRules {
  /** They wait until an administrator lets them in. */
  readonly needsApproval: boolean
  /** Domains of one of which their address has to be; none: any address. */
  readonly emailDomains: readonly string[]
  readonly role: User['role']
  /** Nobody may come at all. */
  readonly isSingleUser: boolean
}

export interface RegistrationRules extends SignUpRules {
  readonly isRegistrationOpen: boolean
  /** Tokens that a new user may use. */
  readonly tokenQuota: number
  /** Of new users; null: none. */
  readonly groupId: string | null
}

/** What the parts of this folder share. */
export interface IdentityParts {
  readonly settings: Config['identity']
  readonly rules: () => RegistrationRules
  readonly store: Store
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly sessionCache: SessionCache
  readonly groups: UserGroups
  readonly lastSeen: LastUsed
  readonly encryption: Encryption
  readonly counters: Counters
  readonly clock: () => number
}
