/** People: who they are, how they sign in, and which of their sign-ins are still good. */
import type { Config } from '../config/config.ts'
import { createEncryption } from '../config/encryption.ts'
import type { State } from '../state/state.ts'
import { createLastUsed } from '../store/last-used.ts'
import type { Store } from '../store/store.ts'
import { createFirstAdmin, type FirstAdmin } from './first-admin.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import type { Log } from '../store/log.ts'
import { createMailer } from './mailer.ts'
import { createMfa, type Mfa } from './mfa.ts'
import { createNotices, type Notices } from '../store/notices.ts'
import { createOidcProvider } from './oidc-provider.ts'
import { createOidc, type Oidc, oidcCallbackPath } from './oidc.ts'
import { createPasswordResets, type PasswordResets } from './password-resets.ts'
import { createPasswords } from './passwords.ts'
import { createSessionCache } from './session-cache.ts'
import { findSessionState } from './sessions-repository.ts'
import type { IdentityParts, RegistrationRules } from './parts.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSignIns, type SignIns } from './sign-ins.ts'
import { createTokens } from './tokens.ts'
import { createUserGroups, type UserGroups } from './user-groups.ts'
import { createPeople, type People } from './people.ts'

export interface Identity extends AsyncDisposable {
  readonly signIns: SignIns
  readonly sessions: Sessions
  readonly mfa: Mfa
  readonly people: People
  readonly passwordResets: PasswordResets
  readonly invitations: Invitations
  readonly notices: Notices
  readonly groups: UserGroups
  /** Undefined: there is no provider. */
  readonly oidc: Oidc | undefined
  readonly firstAdmin: FirstAdmin
  readonly settings: Config['identity']
}

export interface IdentityOptions {
  readonly config: Pick<Config, 'identity' | 'secrets' | 'isDemo' | 'mail' | 'oidc' | 'publicUrl'>
  /** What administrators may change while the server runs; asked each time. */
  readonly rules?: () => Pick<RegistrationRules, 'isRegistrationOpen' | 'tokenQuota'> & Partial<RegistrationRules>
  readonly store: Store
  readonly state: State
  readonly clock: () => number
  readonly log: Log
}

const openToAll = { needsApproval: false, emailDomains: [], isSingleUser: false, role: 'user', groupId: null } as const

export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { config, store, state, clock, log } = options
  const settings = config.identity
  const { rules = () => settings } = options
  const sessionCache = await createSessionCache({
    load: (id) => findSessionState(id, store.database),
    topics: state.topics,
    clock,
  })
  const groups = await createUserGroups(options)
  const lastSeen = createLastUsed({
    store,
    table: 'session',
    clock,
    onError: (err) => log.error({ err }, 'sessions: last use not written'),
  })
  const parts: IdentityParts = {
    settings,
    rules: () => ({ ...openToAll, ...rules() }),
    groups,
    lastSeen,
    store,
    sessionCache,
    encryption: createEncryption(config.secrets),
    counters: state.counters,
    clock,
    passwords: createPasswords({ minimumLength: settings.minimumPasswordLength, areCommonAllowed: config.isDemo }),
    tokens: createTokens({ secret: config.secrets.jwtSecret, accessTokenSeconds: settings.accessTokenSeconds, clock }),
  }
  const people = createPeople(parts)
  const mfa = createMfa(parts)
  const notices = createNotices(parts)
  const { mail, publicUrl } = config
  const mailer = mail && createMailer(mail)
  const passwordResets = createPasswordResets({ parts, notices, mailer, publicUrl, log })
  const invitations = createInvitations(parts, publicUrl)
  const signIns = createSignIns(parts, { people, mfa, invitations })
  const oidc =
    config.oidc &&
    createOidc({
      parts,
      settings: config.oidc,
      provider: createOidcProvider(config.oidc, `${publicUrl}${oidcCallbackPath}`, clock),
      signIns,
      values: state.values,
      log,
    })
  return {
    settings,
    signIns,
    mfa,
    sessions: createSessions(parts),
    people,
    passwordResets,
    invitations,
    notices,
    groups,
    oidc,
    firstAdmin: createFirstAdmin(parts, signIns),
    async [Symbol.asyncDispose]() {
      await passwordResets[Symbol.asyncDispose]()
      await sessionCache[Symbol.asyncDispose]()
      await lastSeen[Symbol.asyncDispose]()
      await groups[Symbol.asyncDispose]()
    },
  }
}
