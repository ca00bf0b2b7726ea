import type { Config } from '../config/config.ts'
import type { Encryption } from '../config/encryption.ts'
import type { LiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { LastUsed } from '../store/last-used.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import type { Health } from './health.ts'
import type { HealthNews } from './health-news.ts'
import type { LimitsSeen } from './limits-seen.ts'
import type { OAuthByKind } from './oauth/oauth-settings.ts'
import type { AccountNotices, SignInNotices } from './oauth/sign-in-notices.ts'
import type { Pool } from './pool.ts'
import type { CallSlots } from './slots.ts'

export interface UpstreamsOptions {
  readonly store: Store
  readonly state: State
  readonly encryption: Encryption
  readonly config: Pick<Config, 'relay'> & Partial<Pick<Config, 'allowPrivateUrls'>>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
  /** Whether the catalog has the model, switched on: the built-in simulator stands in for those. */
  readonly isActiveModel: (model: string) => boolean
  /** How to sign in to accounts with OAuth, for the kinds that are set up. */
  readonly oauth?: OAuthByKind
  /** Told when a person has to sign in to an account again. */
  readonly notices?: AccountNotices
  /** A number from 0 (included) to 1 (excluded). */
  readonly random?: () => number
}

/** What the pool and its administration are made of. */
export interface UpstreamsParts {
  readonly snapshot: LiveSnapshot<Pool>
  readonly health: Health
  readonly news: HealthNews
  readonly limitsSeen: LimitsSeen
  readonly slots: CallSlots
  readonly lastUsed: LastUsed
  readonly connections: Map<string, Connection>
  readonly signIns: SignInNotices
  readonly options: UpstreamsOptions
}
