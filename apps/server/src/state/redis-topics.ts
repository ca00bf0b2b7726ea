import type { Redis } from 'ioredis'
import { LocalTopics } from './local-topics.ts'
import type { Log } from './log.ts'
import type { Topics } from './state.ts'

interface RedisTopicsOptions {
  readonly client: Redis
  /** A connection of its own: one that listens can do nothing else. It listens again by itself after a reconnect. */
  readonly subscriber: Redis
  readonly prefix: string
  readonly log: Log
}

/** Topics across nodes: one subscription per topic and node, handed on to the listeners of this node. */
export class RedisTopics implements Topics {
  readonly #client: Redis
  readonly #subscriber: Redis
  readonly #prefix: string
  readonly #local: LocalTopics
  /** The SUBSCRIBE command of each topic that is listened to. */
  readonly #subscriptions = new Map<string, Promise<unknown>>()

  constructor({ client, subscriber, prefix, log }: RedisTopicsOptions) {
    this.#client = client
    this.#subscriber = subscriber
    this.#prefix = prefix
    this.#local = new LocalTopics(log)
    subscriber.on('message', (channel: string, message: string) => {
      const topic = channel.slice(prefix.length)
      this.#local.deliver(topic, message)
      if (!this.#subscriptions.has(topic)) void this.#unsubscribe(topic)
    })
  }

  async publish(topic: string, message: string): Promise<void> {
    await this.#client.publish(this.#prefix + topic, message)
  }

  async subscribe(topic: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    const remove = this.#local.add(topic, listener)
    const subscription = this.#subscriptions.get(topic) ?? this.#subscriber.subscribe(this.#prefix + topic)
    this.#subscriptions.set(topic, subscription)
    try {
      await subscription
    } catch (error) {
      await remove()
      if (!this.#local.has(topic)) this.#subscriptions.delete(topic)
      throw error
    }
    return async () => {
      await remove()
      if (this.#local.has(topic) || !this.#subscriptions.delete(topic)) return
      await this.#unsubscribe(topic)
    }
  }

  /** While Redis is down this fails, and the subscription comes back with it: the next message to nobody ends it. */
  async #unsubscribe(topic: string): Promise<void> {
    await this.#subscriber.unsubscribe(this.#prefix + topic).catch(() => undefined)
  }
}
