import { randomUUID } from 'node:crypto'
import type { Topics } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Health, Hold } from './health.ts'
import { forgetHolds, loadHolds, saveHold } from './hold-repository.ts'

const topic = 'account-health'

interface News {
  readonly from: string
  /** Null when everything about the account is forgotten. */
  readonly hold: { readonly model: string | null; readonly untilMs: number | null; readonly reason: string } | null
  readonly accountId: string
}

export interface HealthNewsOptions {
  readonly health: Health
  readonly topics: Topics
  readonly store: Pick<Store, 'database'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
}

/**
 * Tells the other nodes, and those that start later, which accounts are out: each limit is run into once, and not once per
 * node and restart. Nobody waits for it; what cannot be told is a line in the log and learned anew.
 */
export class HealthNews implements AsyncDisposable {
  readonly #nodeId = randomUUID()
  readonly #options: HealthNewsOptions
  /** Writes follow one another, so that a reset is not overtaken by the hold before it. */
  #writing: Promise<void> = Promise.resolve()
  #unsubscribe: (() => Promise<void>) | undefined

  private constructor(options: HealthNewsOptions) {
    this.#options = options
  }

  static async listen(options: HealthNewsOptions): Promise<HealthNews> {
    const news = new HealthNews(options)
    const { health, topics, store, clock } = options
    news.#unsubscribe = await topics.subscribe(topic, (message) => news.#hear(JSON.parse(message) as News))
    for (const hold of await loadHolds(clock(), store.database)) health.impose(hold)
    return news
  }

  /** The account went out. */
  tell(hold: Hold): void {
    const { accountId, model, untilMs, reason } = hold
    const isLasting = untilMs === Number.POSITIVE_INFINITY
    this.#options.log.warn(
      { accountId, model, until: isLasting ? 'reset' : new Date(untilMs).toISOString(), reason },
      'an account is out',
    )
    this.#publish({ from: this.#nodeId, accountId, hold: { model, untilMs: isLasting ? null : untilMs, reason } })
    const leveled = this.#options.health.leveled(hold)
    this.#write(accountId, () => saveHold(leveled, this.#options.store.database))
  }

  tellReset(accountId: string): void {
    this.#publish({ from: this.#nodeId, accountId, hold: null })
    this.#write(accountId, () => forgetHolds(accountId, this.#options.store.database))
  }

  #write(accountId: string, work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((err: unknown) => {
      this.#options.log.warn({ err, accountId }, 'the state of an account was not written down')
    })
  }

  #publish(news: News): void {
    this.#options.topics.publish(topic, JSON.stringify(news)).catch((err: unknown) => {
      this.#options.log.warn({ err, accountId: news.accountId }, 'other nodes were not told about an account')
    })
  }

  #hear({ from, accountId, hold }: News): void {
    if (from === this.#nodeId) return
    if (hold === null) this.#options.health.reset(accountId)
    else this.#options.health.impose({ ...hold, accountId, untilMs: hold.untilMs ?? Number.POSITIVE_INFINITY })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unsubscribe?.()
    await this.#writing
  }
}
