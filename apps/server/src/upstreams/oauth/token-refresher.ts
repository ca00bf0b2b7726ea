import { setTimeout as sleep } from 'node:timers/promises'
import { reasonText } from '@parley/contract'
import type { Encryption } from '../../config/encryption.ts'
import type { LiveSnapshot } from '../../state/live-snapshot.ts'
import { LockHeld, type State } from '../../state/state.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { replaceSealed, tryAccountRow } from '../account-repository.ts'
import { openSecrets, sealCredential } from '../account-secrets.ts'
import type { Connection } from '../connection.ts'
import type { Pool, PooledAccount } from '../pool.ts'
import { settingsFor } from './authorizations.ts'
import type { OAuthByKind, OAuthTokens } from './oauth-settings.ts'
import { OAuthRefused, requestTokens } from './token-endpoint.ts'

/**
 * Keeps the access tokens of accounts fresh.
 *
 * Guarantees: a token is refreshed a minute ahead of its end without anybody waiting; a call never goes out with less
 * than ten seconds left; all callers of all nodes share one refresh; a sign-in by an admin meanwhile is never undone.
 */
export interface RefresherOptions {
  readonly store: Store
  readonly state: State
  readonly encryption: Encryption
  readonly settings: OAuthByKind
  readonly snapshot: LiveSnapshot<Pool>
  readonly connectionOf: (account: PooledAccount) => Connection
  readonly clock: () => number
  readonly log: Log
  /** The account cannot be used until a person signs in again (`isLasting`), or not for a moment. */
  readonly onFailure: (accountId: string, reason: string, isLasting: boolean) => void
  /** There are new tokens. */
  readonly onSuccess: (accountId: string) => void
}

const aheadMs = 60_000
const leastMs = 10_000
const lockMs = 45_000
const pollMs = 50

export class TokenRefresher {
  readonly #options: RefresherOptions
  readonly #running = new Map<string, Promise<void>>()

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /** /!\ Hot path. Undefined when the account can be called now; else resolves when it can, or could not be refreshed. */
  whenFresh(account: PooledAccount): Promise<void> | undefined {
    const { tokens } = account.secrets
    if (tokens === null || tokens.expiresAt === null || tokens.refreshToken === null) return undefined
    const leftMs = tokens.expiresAt - this.#options.clock()
    if (leftMs > aheadMs) return undefined
    const refreshing = this.refresh(account)
    if (leftMs <= leastMs) return refreshing
    refreshing.catch((err: unknown) => this.#options.log.warn({ err }, 'a token was not refreshed ahead of its end'))
    return undefined
  }

  /** Gets new tokens now. Rejects when that fails; `onFailure` has been told. */
  refresh(account: PooledAccount): Promise<void> {
    const { id } = account.account
    const running = this.#running.get(id)
    if (running !== undefined) return running
    const refreshing = this.#refreshOnce(account).finally(() => this.#running.delete(id))
    this.#running.set(id, refreshing)
    return refreshing
  }

  async #refreshOnce(account: PooledAccount): Promise<void> {
    const { id } = account.account
    try {
      await this.#options.state.withLock(`oauth-refresh:${id}`, lockMs, () => this.#refreshLocked(account))
    } catch (error) {
      if (error instanceof LockHeld) return await this.#waitForOther(account)
      const reason = error instanceof Error ? error.message : String(error)
      const isLasting = error instanceof OAuthRefused
      this.#options.onFailure(id, reasonText(isLasting ? 'signInAgain' : 'notRefreshed', {}, reason), isLasting)
      throw error
    }
  }

  async #refreshLocked(account: PooledAccount): Promise<void> {
    const { store, encryption, settings, connectionOf, clock, snapshot, log } = this.#options
    const { id, kind } = account.account
    const row = await tryAccountRow(id, store.database)
    if (row === undefined) return
    const { tokens } = openSecrets(row, encryption)
    const isStale = tokens?.accessToken === account.secrets.tokens?.accessToken
    // Somebody else was faster: what they stored is what we wanted.
    if (tokens === null || !isStale) return await snapshot.changed()
    if (tokens.refreshToken === null) throw new OAuthRefused(reasonText('noRefreshToken'))
    const connection = connectionOf(account)
    connection.retain()
    try {
      const fresh = await requestTokens({
        settings: settingsFor(kind, settings),
        parameters: { grant_type: 'refresh_token', refresh_token: tokens.refreshToken },
        dispatcher: connection.dispatcher,
        now: clock(),
      })
      await this.#store(row.credential, id, withOldScopes(fresh, tokens))
      log.info({ accountId: id }, 'access token refreshed')
      this.#options.onSuccess(id)
    } finally {
      connection.release()
    }
  }

  async #store(before: string | null, id: string, tokens: OAuthTokens): Promise<void> {
    const { store, encryption, snapshot } = this.#options
    const after = sealCredential({ tokens }, id, encryption)
    await replaceSealed({ id, column: 'credential', before, after }, store.database)
    await snapshot.changed()
  }

  /** Another node refreshes: its news reaches us through the snapshot. */
  async #waitForOther(account: PooledAccount): Promise<void> {
    const { snapshot } = this.#options
    for (let waitedMs = 0; waitedMs < lockMs; waitedMs += pollMs) {
      const now = snapshot.current.accounts.get(account.account.id)
      if (now?.secrets.tokens?.accessToken !== account.secrets.tokens?.accessToken) return
      await sleep(pollMs)
    }
    throw new Error(reasonText('otherNodeRefreshing'))
  }
}

/** A reply to a refresh names scopes only when they have changed (RFC 6749 section 6). */
function withOldScopes(fresh: OAuthTokens, old: OAuthTokens): OAuthTokens {
  return fresh.scopes.length === 0 ? { ...fresh, scopes: old.scopes } : fresh
}
