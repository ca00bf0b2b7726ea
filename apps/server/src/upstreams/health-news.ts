import { randomUUID } from 'node:crypto'
import type { Topics } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Health, Hold } from './health.ts'

const topic = 'account-health'

interface News {
  readonly from: string
  /** Null when everything about the account is forgotten. */
  readonly hold: { readonly model: string | null; readonly untilMs: number | null; readonly reason: string } | null
  readonly accountId: string
}

/** Tells the other nodes which accounts are out, so that each limit is run into once and not once per node. */
export class HealthNews implements AsyncDisposable {
  readonly #nodeId = randomUUID()
  readonly #health: Health
  readonly #topics: Topics
  readonly #log: Log
  #unsubscribe: (() => Promise<void>) | undefined

  private constructor(health: Health, topics: Topics, log: Log) {
    this.#health = health
    this.#topics = topics
    this.#log = log
  }

  static async listen(health: Health, topics: Topics, log: Log): Promise<HealthNews> {
    const news = new HealthNews(health, topics, log)
    news.#unsubscribe = await topics.subscribe(topic, (message) => news.#hear(JSON.parse(message) as News))
    return news
  }

  /** The account went out. */
  tell(hold: Hold): void {
    const { accountId, model, untilMs, reason } = hold
    const isLasting = untilMs === Number.POSITIVE_INFINITY
    this.#log.warn(
      { accountId, model, until: isLasting ? 'reset' : new Date(untilMs).toISOString(), reason },
      'an account is out',
    )
    this.#publish({ from: this.#nodeId, accountId, hold: { model, untilMs: isLasting ? null : untilMs, reason } })
  }

  tellReset(accountId: string): void {
    this.#publish({ from: this.#nodeId, accountId, hold: null })
  }

  #publish(news: News): void {
    this.#topics.publish(topic, JSON.stringify(news)).catch((err: unknown) => {
      this.#log.warn({ err, accountId: news.accountId }, 'other nodes were not told about an account')
    })
  }

  #hear({ from, accountId, hold }: News): void {
    if (from === this.#nodeId) return
    if (hold === null) this.#health.reset(accountId)
    else this.#health.impose({ ...hold, accountId, untilMs: hold.untilMs ?? Number.POSITIVE_INFINITY })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unsubscribe?.()
  }
}
