/**
 * The line in front of accounts whose slots are all taken.
 *
 * Guarantees: first come, first served, for each account; one waiter may stand in line for several accounts and gets
 * the first slot that is free on any of them; who has left gets nothing; a line has a bounded length.
 */
export interface QueuedAccount {
  readonly id: string
  readonly max: number | null
}

export interface GrantedSlot {
  readonly accountId: string
  readonly release: () => void
}

export interface WaitOptions {
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
  /** False while the account is out: its slot would be of no use now. */
  readonly isWanted: (accountId: string) => boolean
}

interface Waiter {
  readonly accounts: readonly QueuedAccount[]
  readonly isWanted: (accountId: string) => boolean
  readonly settle: (granted: GrantedSlot | undefined) => void
  isOver: boolean
}

/** Never rejects. */
type TryTake = (account: QueuedAccount) => Promise<(() => void) | undefined>

export class SlotQueue {
  readonly #tryTake: TryTake
  readonly #waiters = new Set<Waiter>()
  readonly #lengths = new Map<string, number>()
  #serving: Promise<void> | undefined
  #isAskedAgain = false

  constructor(tryTake: TryTake) {
    this.#tryTake = tryTake
  }

  /** Who comes now must not go before those who wait. */
  hasLine(accountId: string): boolean {
    return this.#lengths.has(accountId)
  }

  get isEmpty(): boolean {
    return this.#waiters.size === 0
  }

  /** Undefined when no slot was free in time, the caller left, or every line is too long. */
  wait(accounts: readonly QueuedAccount[], options: WaitOptions): Promise<GrantedSlot | undefined> {
    // Who waits for several accounts stands in all their lines, and takes a place in one of them only.
    const room = accounts.reduce((sum, { max }) => sum + longestLine(max), 0)
    const open = accounts.filter(({ id }) => (this.#lengths.get(id) ?? 0) < room)
    if (open.length === 0 || options.signal?.aborted) return Promise.resolve(undefined)
    const { promise, resolve } = Promise.withResolvers<GrantedSlot | undefined>()
    const leave = () => waiter.settle(undefined)
    const timer = setTimeout(leave, options.waitMs)
    const waiter: Waiter = {
      accounts: open,
      isWanted: options.isWanted,
      isOver: false,
      settle: (granted) => {
        if (waiter.isOver) return
        waiter.isOver = true
        clearTimeout(timer)
        options.signal?.removeEventListener('abort', leave)
        this.#remove(waiter)
        resolve(granted)
      },
    }
    options.signal?.addEventListener('abort', leave, { once: true })
    this.#add(waiter)
    // A slot may have been given back between the caller's last try and now.
    this.serve()
    return promise
  }

  /** To be called when a slot may be free. Rounds run one at a time. */
  serve(): void {
    if (this.#waiters.size === 0) return
    if (this.#serving !== undefined) {
      this.#isAskedAgain = true
      return
    }
    this.#serving = this.#round().finally(() => {
      this.#serving = undefined
      if (!this.#isAskedAgain) return
      this.#isAskedAgain = false
      this.serve()
    })
  }

  async #round(): Promise<void> {
    const full = new Set<string>()
    for (const waiter of this.#waiters) {
      for (const account of waiter.accounts) {
        if (waiter.isOver) break
        if (full.has(account.id) || !waiter.isWanted(account.id)) continue
        await this.#offer(account, waiter, full)
      }
    }
  }

  async #offer(account: QueuedAccount, waiter: Waiter, full: Set<string>): Promise<void> {
    const release = await this.#tryTake(account)
    if (release === undefined) full.add(account.id)
    // They left while the slot was being taken.
    else if (waiter.isOver) release()
    else waiter.settle({ accountId: account.id, release })
  }

  #add(waiter: Waiter): void {
    this.#waiters.add(waiter)
    for (const { id } of waiter.accounts) this.#lengths.set(id, (this.#lengths.get(id) ?? 0) + 1)
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    for (const { id } of waiter.accounts) {
      const left = (this.#lengths.get(id) ?? 0) - 1
      if (left > 0) this.#lengths.set(id, left)
      else this.#lengths.delete(id)
    }
  }
}

/** Longer lines are longer than anybody would wait. */
function longestLine(max: number | null): number {
  return Math.max(20, 4 * (max ?? 0))
}
