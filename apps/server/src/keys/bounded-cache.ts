/**
 * A cache with a bounded number of entries, each good for a fixed time; the one longest unused goes first.
 * The clock is passed in with each call.
 */
export class BoundedCache<Value> {
  readonly #maxEntries: number
  readonly #timeToLiveMs: number
  /** A Map keeps the order of insertion: the first is the one longest unused. */
  readonly #entries = new Map<string, { readonly value: Value; readonly untilMs: number }>()

  constructor(options: { readonly maxEntries: number; readonly timeToLiveMs: number }) {
    this.#maxEntries = options.maxEntries
    this.#timeToLiveMs = options.timeToLiveMs
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.untilMs <= now) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: Value, now: number): void {
    this.#entries.delete(key)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, { value, untilMs: now + this.#timeToLiveMs })
  }

  clear(): void {
    this.#entries.clear()
  }

  get size(): number {
    return this.#entries.size
  }
}
