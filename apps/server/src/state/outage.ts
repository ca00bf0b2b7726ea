import { describeError } from './describe-error.ts'
import type { Log } from './log.ts'
import type { State } from './state.ts'

export interface OutageOptions {
  /** Shared by all nodes, may be out of reach. */
  readonly primary: State
  /** This node's own, takes over meanwhile. */
  readonly secondary: State
  readonly log: Log
  /** How often the primary is asked whether it is back. */
  readonly probeMs?: number
}

/**
 * Which of the two states is in use. The first call that fails starts an outage: one line in the log, and from then on
 * nobody waits for the primary until a probe finds it well again, which is a second line.
 */
export class Outage {
  readonly #options: OutageOptions
  /** Run before the primary is used again; a rejection keeps the outage going. */
  readonly #beforeEnd: () => Promise<void>
  #started: { readonly at: number; readonly reason: string } | undefined
  #probe: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: OutageOptions, beforeEnd: () => Promise<void>) {
    this.#options = options
    this.#beforeEnd = beforeEnd
  }

  get isOn(): boolean {
    return this.#started !== undefined
  }

  /** Undefined when there is none. */
  get reason(): string | undefined {
    if (this.#started === undefined) return undefined
    return `${this.#started.reason} (since ${new Date(this.#started.at).toISOString()} each node counts for itself)`
  }

  async call<T>(run: (state: State) => Promise<T>): Promise<T> {
    const { primary, secondary } = this.#options
    if (this.isOn) return run(secondary)
    try {
      return await run(primary)
    } catch (error) {
      if (this.#isClosed) throw error
      this.start(describeError(error))
      return run(secondary)
    }
  }

  start(reason: string): void {
    if (this.#started !== undefined || this.#isClosed) return
    this.#started = { at: Date.now(), reason }
    this.#options.log.error({ reason }, 'the shared state is out of reach: this node counts for itself meanwhile')
    this.#probeLater()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#probe)
  }

  #probeLater(): void {
    this.#probe = setTimeout(() => void this.#tryEnd(), this.#options.probeMs ?? 1_000).unref()
  }

  async #tryEnd(): Promise<void> {
    const isBack = await this.#isBack()
    if (this.#isClosed || this.#started === undefined) return
    if (!isBack) return this.#probeLater()
    this.#options.log.info({ outageMs: Date.now() - this.#started.at }, 'the shared state is back')
    this.#started = undefined
  }

  async #isBack(): Promise<boolean> {
    const health = await this.#options.primary.check()
    if (!health.ok) return false
    return this.#beforeEnd().then(
      () => true,
      (error: unknown) => {
        this.#options.log.warn({ err: error }, 'the shared state is not usable yet')
        return false
      },
    )
  }
}
