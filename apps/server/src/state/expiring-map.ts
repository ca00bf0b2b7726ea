/**
 * A map whose entries end by themselves, in bounded memory and without a timer: each write looks at a few entries, round
 * and round, and takes away those that have ended, so there are never many more entries than live ones. Past `maxSize` the
 * oldest goes, alive or not.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #now: () => number
  readonly #maxSize: number
  #sweep: Iterator<[string, Entry<Value>]> | undefined

  constructor(options: { now: () => number; maxSize: number }) {
    this.#now = options.now
    this.#maxSize = options.maxSize
  }

  /** Entries held, ended ones that were not swept yet among them. */
  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.endsAt > this.#now()) return entry?.value
    this.#entries.delete(key)
    return undefined
  }

  set(key: string, value: Value, endsAt: number): void {
    this.#entries.set(key, { value, endsAt })
    this.#sweepSome()
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined && this.#entries.size > this.#maxSize) this.#entries.delete(oldest)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  #sweepSome(): void {
    const now = this.#now()
    for (let looked = 0; looked < 3; looked += 1) {
      this.#sweep ??= this.#entries.entries()
      const { done, value } = this.#sweep.next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      if (value[1].endsAt <= now) this.#entries.delete(value[0])
    }
  }
}

interface Entry<Value> {
  readonly value: Value
  readonly endsAt: number
}
