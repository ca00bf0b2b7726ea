import type { Log } from './log.ts'
import type { Topics } from './state.ts'

type Listener = (message: string) => void

/** Topics inside this process. A listener that throws is logged and does not keep the others from hearing. */
export class LocalTopics implements Topics {
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  has(topic: string): boolean {
    return this.#listeners.has(topic)
  }

  async publish(topic: string, message: string): Promise<void> {
    this.deliver(topic, message)
  }

  deliver(topic: string, message: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener(message)
      } catch (error) {
        this.#log.error({ err: error, topic }, 'a listener failed')
      }
    }
  }

  async subscribe(topic: string, listener: Listener): Promise<() => Promise<void>> {
    return this.add(topic, listener)
  }

  add(topic: string, listener: Listener): () => Promise<void> {
    // The same function subscribed twice hears twice.
    const own: Listener = (message) => listener(message)
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(own))
    return async () => {
      listeners.delete(own)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic)
    }
  }
}
