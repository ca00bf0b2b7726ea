import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import { loadSeenLimits, saveSeenLimits } from './account-repository.ts'
import { type Headers, readSeenLimits, type SeenLimits } from './seen-limits.ts'

export interface LimitsSeenOptions {
  readonly store: Pick<Store, 'database' | 'groupCommit'>
  readonly clock: () => number
  readonly log: Log
}

const writeEveryMs = 10_000

/**
 * What each account's upstream last said of its limits, for people. Noting it keeps the headers and nothing else, because
 * every call does it; they are read when somebody looks, and written down now and then, in a column of their own.
 */
export class LimitsSeen implements AsyncDisposable {
  readonly #options: LimitsSeenOptions
  readonly #known: Map<string, SeenLimits>
  #noted = new Map<string, { readonly at: number; readonly headers: Headers }>()
  readonly #unwritten = new Set<string>()
  readonly #timer: NodeJS.Timeout

  private constructor(options: LimitsSeenOptions, known: Map<string, SeenLimits>) {
    this.#options = options
    this.#known = known
    this.#timer = setInterval(() => void this.#tryWrite(), writeEveryMs).unref()
  }

  static async load(options: LimitsSeenOptions): Promise<LimitsSeen> {
    return new LimitsSeen(options, await loadSeenLimits(options.store.database))
  }

  note(accountId: string, headers: Headers): void {
    this.#noted.set(accountId, { at: this.#options.clock(), headers })
  }

  of(accountId: string): SeenLimits | undefined {
    this.#read()
    return this.#known.get(accountId)
  }

  #read(): void {
    const noted = this.#noted
    this.#noted = new Map()
    for (const [accountId, { at, headers }] of noted) {
      const limits = readSeenLimits(headers, at)
      if (limits.length === 0) continue
      this.#known.set(accountId, { at, limits })
      this.#unwritten.add(accountId)
    }
  }

  async #tryWrite(): Promise<void> {
    this.#read()
    const changed = [...this.#unwritten].flatMap((id) => {
      const seen = this.#known.get(id)
      return seen === undefined ? [] : [[id, seen] as const]
    })
    this.#unwritten.clear()
    if (changed.length === 0) return
    try {
      await this.#options.store.groupCommit.run(async (transaction) => {
        for (const [id, seen] of changed) await saveSeenLimits(id, seen, transaction)
      })
    } catch (err) {
      // They are tried again.
      for (const [id] of changed) this.#unwritten.add(id)
      this.#options.log.warn({ err }, 'what was seen of the limits of accounts was not written')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#tryWrite()
  }
}
