import type { Log } from '../../store/log.ts'

/** Where administrators see what waits for them. */
export interface AccountNotices {
  raise(kind: 'account_sign_in', accountId: string): Promise<void>
  settle(kind: 'account_sign_in', accountId: string): Promise<void>
}

/**
 * Tells administrators that an account can be used again only when a person has signed in to it: once for each loss,
 * until somebody has. Nobody waits for it.
 */
export class SignInNotices implements AsyncDisposable {
  readonly #notices: AccountNotices | undefined
  readonly #log: Log
  readonly #lost = new Set<string>()
  /** One after the other, so that a sign-in is not overtaken by the loss before it. */
  #writing: Promise<void> = Promise.resolve()

  constructor(notices: AccountNotices | undefined, log: Log) {
    this.#notices = notices
    this.#log = log
  }

  lost(accountId: string): void {
    if (this.#lost.has(accountId)) return
    this.#lost.add(accountId)
    this.#write((notices) => notices.raise('account_sign_in', accountId))
  }

  found(accountId: string): void {
    this.#lost.delete(accountId)
    this.#write((notices) => notices.settle('account_sign_in', accountId))
  }

  #write(work: (notices: AccountNotices) => Promise<void>): void {
    const notices = this.#notices
    if (notices === undefined) return
    this.#writing = this.#writing
      .then(() => work(notices))
      .catch((err: unknown) => this.#log.error({ err }, 'administrators were not told about a sign-in'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing
  }
}
