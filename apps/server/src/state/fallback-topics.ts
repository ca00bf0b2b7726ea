import type { Topics } from './state.ts'

interface Subscription {
  readonly topic: string
  readonly listener: (message: string) => void
  /** Undefined until the shared topic is listened to. */
  endShared: (() => Promise<void>) | undefined
  isEnded: boolean
}

/**
 * Everybody listens in both places: to the shared topics of all nodes and to those of this node, which carry messages
 * while the shared ones cannot. A subscription made during an outage is completed before the outage ends.
 */
export class FallbackTopics implements Topics {
  readonly #shared: Topics
  readonly #own: Topics
  readonly #incomplete = new Set<Subscription>()
  /** Runs what uses the shared topics, or its replacement. */
  readonly #call: <T>(run: (topics: Topics) => Promise<T>) => Promise<T>

  constructor(shared: Topics, own: Topics, call: <T>(run: (topics: Topics) => Promise<T>) => Promise<T>) {
    this.#shared = shared
    this.#own = own
    this.#call = call
  }

  publish(topic: string, message: string): Promise<void> {
    return this.#call((topics) => topics.publish(topic, message))
  }

  async subscribe(topic: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    const endOwn = await this.#own.subscribe(topic, listener)
    const subscription: Subscription = { topic, listener, endShared: undefined, isEnded: false }
    this.#incomplete.add(subscription)
    await this.#call(async (topics) => {
      if (topics === this.#shared) await this.#complete(subscription)
    })
    return async () => {
      subscription.isEnded = true
      this.#incomplete.delete(subscription)
      await endOwn()
      await subscription.endShared?.()
    }
  }

  async completeAll(): Promise<void> {
    for (const subscription of this.#incomplete) await this.#complete(subscription)
  }

  async #complete(subscription: Subscription): Promise<void> {
    const end = await this.#shared.subscribe(subscription.topic, subscription.listener)
    this.#incomplete.delete(subscription)
    if (subscription.isEnded) await end()
    else subscription.endShared = end
  }
}
