import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { reasonText } from '@parley/contract'
import type { Encryption } from '../../config/encryption.ts'
import type { LiveSnapshot } from '../../state/live-snapshot.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import {
  type AccountRow,
  giveRefreshLeaseBack,
  type RefreshLease,
  replaceSealed,
  takeRefreshLease,
  tryAccountRow,
} from '../account-repository.ts'
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
 * than ten seconds left; all callers of all nodes share one refresh, because many an upstream takes a refresh token that
 * comes twice for a stolen one and ends the sign-in; tokens that were given are kept until they are stored; a sign-in by an
 * admin meanwhile is never undone.
 */
export interface RefresherOptions {
  readonly store: Store
  readonly encryption: Encryption
  readonly settings: OAuthByKind
  readonly snapshot: LiveSnapshot<Pool>
  readonly connectionOf: (account: PooledAccount) => Connection
  readonly clock: () => number
  readonly log: Log
  /** The account cannot be used until a person signs in again (`isLasting`), or its token is at its end and not renewed. */
  readonly onFailure: (accountId: string, reason: string, isLasting: boolean) => void
  /** There are new tokens. */
  readonly onSuccess: (accountId: string) => void
}

/** After a refresh that failed for a reason that may pass. */
export const refreshPauseMs = 15_000

const aheadMs = 60_000
const leastMs = 10_000
/** Longer than the token endpoint may take, by as much as the clocks of two nodes may differ. */
const leaseMs = 60_000
const pollMs = 200

/** Given by the upstream once, and not stored yet. */
interface Unstored {
  readonly account: PooledAccount
  readonly tokens: OAuthTokens
}

export class TokenRefresher implements AsyncDisposable {
  readonly #options: RefresherOptions
  readonly #holder = randomUUID()
  readonly #running = new Map<string, Promise<void>>()
  /** By account: when a refresh ahead of the end may begin again. */
  readonly #aheadAgainAt = new Map<string, number>()
  /** By the refresh token that they were given for, which is used up. */
  readonly #unstored = new Map<string, Unstored>()

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /** /!\ Hot path. Undefined when the account can be called now; else resolves when it can, or could not be refreshed. */
  whenFresh(account: PooledAccount): Promise<void> | undefined {
    if (!account.secrets.tokens?.refreshToken) return undefined
    const leftMs = this.#leftMs(account)
    if (leftMs > aheadMs) return undefined
    if (leftMs <= leastMs) return this.refresh(account)
    this.#refreshAhead(account)
    return undefined
  }

  #refreshAhead(account: PooledAccount): void {
    const { clock, log } = this.#options
    const { id } = account.account
    if (clock() < (this.#aheadAgainAt.get(id) ?? 0)) return
    this.#aheadAgainAt.set(id, clock() + refreshPauseMs)
    this.refresh(account).catch((err: unknown) => log.warn({ err }, 'a token was not refreshed ahead of its end'))
  }

  /** Gets new tokens now. Rejects when that fails; `onFailure` has been told if the account cannot be used for it. */
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
      await this.#inTurn(id, () => this.#refreshLocked(account))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const isLasting = error instanceof OAuthRefused
      if (isLasting || this.#leftMs(account) <= leastMs) {
        this.#options.onFailure(id, reasonText(isLasting ? 'signInAgain' : 'notRefreshed', {}, reason), isLasting)
      }
      throw error
    }
  }

  /** Another node that refreshes is waited for. Whether it had new tokens is seen when it is our turn. */
  async #inTurn(id: string, work: () => Promise<void>): Promise<void> {
    const { store, clock } = this.#options
    const lease = { id, holder: this.#holder }
    for (let waitedMs = 0; waitedMs <= leaseMs; waitedMs += pollMs) {
      if (await takeRefreshLease(lease, { now: clock(), forMs: leaseMs }, store.database)) {
        return await work().finally(() => this.#giveBack(lease))
      }
      await sleep(pollMs)
    }
    throw new Error(reasonText('otherNodeRefreshing'))
  }

  async #giveBack(lease: RefreshLease): Promise<void> {
    await giveRefreshLeaseBack(lease, this.#options.store.database).catch((err: unknown) => {
      this.#options.log.warn({ err, accountId: lease.id }, 'other nodes refresh only when this one’s turn has run out')
    })
  }

  async #refreshLocked(account: PooledAccount): Promise<void> {
    const { store, encryption, snapshot, log } = this.#options
    const { id } = account.account
    const row = await tryAccountRow(id, store.database)
    if (row === undefined) return
    const { tokens } = openSecrets(row, encryption)
    // Somebody else was faster: what they stored is what we wanted.
    if (tokens === null || tokens.accessToken !== account.secrets.tokens?.accessToken) return await snapshot.changed()
    try {
      const isStored = await this.#store(row, tokens, await this.#freshTokens(account, tokens))
      // Meanwhile somebody has signed in anew, or the same has been sealed with another key.
      if (!isStored) return await this.#refreshLocked(account)
      log.info({ accountId: id }, 'access token refreshed')
      this.#options.onSuccess(id)
    } catch (error) {
      if (!(error instanceof OAuthRefused) || !(await this.#isReplaced(row))) throw error
    }
    await snapshot.changed()
  }

  async #freshTokens(account: PooledAccount, old: OAuthTokens): Promise<OAuthTokens> {
    if (old.refreshToken === null) throw new OAuthRefused(reasonText('noRefreshToken'))
    const unstored = this.#unstored.get(old.refreshToken)
    if (unstored !== undefined) return unstored.tokens
    const connection = this.#options.connectionOf(account)
    connection.retain()
    try {
      const fresh = await requestTokens({
        settings: settingsFor(account.account.kind, this.#options.settings),
        parameters: { grant_type: 'refresh_token', refresh_token: old.refreshToken },
        dispatcher: connection.dispatcher,
        now: this.#options.clock(),
      })
      const tokens = withOldScopes(fresh, old)
      this.#unstored.set(old.refreshToken, { account, tokens })
      return tokens
    } finally {
      connection.release()
    }
  }

  /** False when what is there is not what was read. */
  async #store(row: AccountRow, old: OAuthTokens, fresh: OAuthTokens): Promise<boolean> {
    const { store, encryption } = this.#options
    const { id, credential: before } = row
    const after = sealCredential({ tokens: fresh }, id, encryption)
    const isStored = await replaceSealed({ id, column: 'credential', before, after }, store.database)
    if (isStored) this.#unstored.delete(old.refreshToken ?? '')
    return isStored
  }

  /** Who has signed in anew meanwhile has ended the sign-in that was asked for. */
  async #isReplaced({ id, credential }: AccountRow): Promise<boolean> {
    const row = await tryAccountRow(id, this.#options.store.database)
    return row?.credential !== credential
  }

  #leftMs({ secrets: { tokens } }: PooledAccount): number {
    return (tokens?.expiresAt ?? Number.POSITIVE_INFINITY) - this.#options.clock()
  }

  /** Waits for what is under way, and tries once more to store what could not be. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#running.values())
    for (const { account } of this.#unstored.values()) {
      await this.refresh(account).catch((err: unknown) => {
        const accountId = account.account.id
        this.#options.log.error({ err, accountId }, 'new tokens are lost: somebody must sign in to the account again')
      })
    }
  }
}

/** A reply to a refresh names scopes only when they have changed (RFC 6749 section 6). */
function withOldScopes(fresh: OAuthTokens, old: OAuthTokens): OAuthTokens {
  return fresh.scopes.length === 0 ? { ...fresh, scopes: old.scopes } : fresh
}
