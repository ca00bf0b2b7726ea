import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from './log.ts'
import { isPostgresError, SilentServerError } from './postgres-errors.ts'

export interface AnswerWatchOptions {
  readonly url: string
  /** For so long the server may be silent. */
  readonly timeoutMs: number
  readonly log: Log
}

/** By then an idle connection has taken leave of a server that is there. */
const leaveMs = 1_000

/**
 * Notices when the server has fallen silent: stopped, swapped out, behind a firewall that lets nothing through any more.
 *
 * A query that takes long is not that. Once one has waited for half of the limit the server is asked, over a connection of
 * its own, whether it is there; only if that is not answered either, in the other half, nor anything else, all its connections
 * are broken. So long work is never cut while the server answers others. Until it answers again nobody waits for it at all.
 */
export class AnswerWatch {
  readonly #options: AnswerWatchOptions
  readonly #sockets = new Set<Socket>()
  /** Since when, of the monotonic clock. */
  readonly #waits = new Set<{ readonly since: number }>()
  readonly #timer: NodeJS.Timeout
  #heardAt = 0
  #asking: Promise<void> | undefined
  #silence: string | undefined

  constructor(options: AnswerWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), options.timeoutMs / 10).unref()
  }

  /** For `pg`: what connections are made of. */
  readonly createSocket = (): Socket => {
    const socket = new Socket()
    this.#sockets.add(socket)
    return socket.once('close', () => this.#sockets.delete(socket))
  }

  /** /!\ Hot path: for each query. Throws SilentServerError at once while the server is known to be silent. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#silence !== undefined) throw new SilentServerError(this.#silence)
    const wait = { since: performance.now() }
    this.#waits.add(wait)
    try {
      return await work()
    } finally {
      this.#waits.delete(wait)
    }
  }

  /** The server has answered something. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  /** `ended`: nobody uses connections any more, and all have been told to take leave. Those that do not are broken. */
  async ending(ended: Promise<void>): Promise<void> {
    await ended
    clearInterval(this.#timer)
    const closing = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    const breaking = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, leaveMs)
    await Promise.all(closing)
    clearTimeout(breaking)
    await this.#asking
  }

  #look(): void {
    const { timeoutMs } = this.#options
    const [oldest] = this.#waits
    const since = Math.max(this.#heardAt, oldest?.since ?? Number.POSITIVE_INFINITY)
    const isLong = performance.now() - since > timeoutMs / 2
    if (isLong || this.#silence !== undefined) this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
  }

  async #ask(): Promise<void> {
    const { log, timeoutMs } = this.#options
    const askedAt = performance.now()
    const failure = await this.#tryConnect()
    if (failure === undefined) this.heard()
    if (this.#heardAt >= askedAt) {
      if (this.#silence !== undefined) log.info('PostgreSQL answers again')
      this.#silence = undefined
    } else {
      if (this.#silence === undefined) log.error({ err: failure }, 'PostgreSQL does not answer')
      this.#silence = `PostgreSQL has not answered for ${timeoutMs} ms`
      for (const socket of this.#sockets) socket.destroy(new SilentServerError(this.#silence))
    }
  }

  /** Gives why it failed. To say no is an answer, too. */
  async #tryConnect(): Promise<unknown> {
    const { url, timeoutMs, log } = this.#options
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs / 2,
      application_name: 'parley',
      stream: this.createSocket,
    })
    client.on('error', (error) => log.warn({ err: error }, 'a connection to PostgreSQL broke'))
    try {
      await client.connect()
    } catch (error) {
      return isPostgresError(error) ? undefined : error
    }
    // Not waited for: a server that falls silent just now would not take leave.
    void client.end()
    return undefined
  }
}
