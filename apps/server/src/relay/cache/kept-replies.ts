import { isUtf8 } from 'node:buffer'
import { DecryptionError, type Encryption } from '../../config/encryption.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { shrink, tryFresh, upsertReply } from './repository.ts'
import type { RecordedReply } from './shared-reply.ts'

export interface KeptRepliesOptions {
  readonly store: Store
  readonly encryption: Encryption
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Of all of them, sealed. */
  readonly maxBytes: number
}

const shrinkEveryMs = 60_000

/**
 * Replies on disk, sealed, each bound to its name. Nothing of it can fail a call: what cannot be read is not there, and
 * what cannot be written is a line in the log.
 */
export class KeptReplies implements AsyncDisposable {
  readonly #options: KeptRepliesOptions
  readonly #timer: NodeJS.Timeout
  #addedBytes = 0
  #shrinking: Promise<void> = Promise.resolve()

  constructor(options: KeptRepliesOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#shrink(), shrinkEveryMs).unref()
  }

  async find(name: string, maxAgeMs: number): Promise<RecordedReply | undefined> {
    const { store, encryption, clock, log } = this.#options
    const now = clock()
    try {
      const sealed = await tryFresh({ name, now, since: now - maxAgeMs }, store.database)
      if (sealed === undefined) return undefined
      const { status, headers, body } = JSON.parse(encryption.open(sealed, contextOf(name))) as Content
      return { head: { status, headers }, body: Buffer.from(body) }
    } catch (err) {
      // Sealed with a key that is gone: as good as not there.
      if (!(err instanceof DecryptionError)) log.warn({ err }, 'the cache of replies could not be read')
      return undefined
    }
  }

  async keep(name: string, { head, body }: RecordedReply, maxAgeMs: number): Promise<void> {
    const { store, encryption, clock, log, maxBytes } = this.#options
    if (!isUtf8(body)) return
    const content: Content = { status: head.status, headers: head.headers, body: body.toString('utf8') }
    const sealed = encryption.seal(JSON.stringify(content), contextOf(name))
    const now = clock()
    const row = { name, content: sealed, size: sealed.length, created_at: now, expires_at: now + maxAgeMs }
    try {
      await store.groupCommit.run((transaction) => upsertReply(row, transaction))
    } catch (err) {
      log.warn({ err }, 'a reply could not be kept for equal calls')
    }
    this.#addedBytes += sealed.length
    if (this.#addedBytes > maxBytes / 10) this.#shrink()
  }

  /** Resolves when what is too much is gone. */
  shrunk(): Promise<void> {
    this.#shrink()
    return this.#shrinking
  }

  #shrink(): void {
    const { store, clock, log, maxBytes } = this.#options
    this.#addedBytes = 0
    this.#shrinking = this.#shrinking
      .then(() => shrink({ now: clock(), maxBytes }, store.database))
      .catch((err: unknown) => log.warn({ err }, 'old replies were not removed from the cache'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#shrinking
  }
}

interface Content {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

function contextOf(name: string): string {
  return `cached_reply:${name}`
}
