import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Log } from '../store/log.ts'
import { callerOf } from './active-call.ts'
import type { Estimator } from './estimate.ts'
import type { OpenEntry } from './ticket.ts'
import type { TokenizerReply, TokenizerRequest } from './tokenizer-worker.ts'

export interface Tokenizer extends AsyncDisposable {
  /** Counts the beginning of a request, once for each caller and model, so that estimates are a tokenizer's. Never rejects. */
  learn(entry: OpenEntry): Promise<void>
  /** The same for a call that is about to be let in: its caller is new, and has limits. It waits for a moment at most. */
  introduce(entry: OpenEntry): Promise<void> | undefined
}

export interface TokenizerOptions {
  readonly estimator: Pick<Estimator, 'learnInput' | 'knowsInput' | 'isFamiliar'>
  readonly log: Log
}

/** It takes 70 MB: it is there for new callers, and goes when there have been none for so long. */
const idleMs = 60_000
/** No call waits for longer: while the thread is started, estimates go by length. */
const patienceMs = 30

/**
 * A tokenizer in a thread of its own, started when it is first needed: no stream waits while its tables are loaded, and a
 * caller whose calls have been counted by an upstream never needs it.
 */
export function createTokenizer(options: TokenizerOptions): Tokenizer {
  return new ThreadTokenizer(options)
}

class ThreadTokenizer implements Tokenizer {
  readonly #options: TokenizerOptions
  readonly #waiting = new Map<number, (tokens: number | undefined) => void>()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #nextId = 0

  constructor(options: TokenizerOptions) {
    this.#options = options
  }

  introduce(entry: OpenEntry): Promise<void> | undefined {
    const { estimator } = this.#options
    const { model, limits, userId } = entry
    if (limits.length === 0 && userId === null) return undefined
    const caller = callerOf(entry)
    if (estimator.isFamiliar(caller, model) || estimator.knowsInput(caller, model)) return undefined
    return Promise.race([this.learn(entry), delay(patienceMs)])
  }

  async learn(entry: OpenEntry): Promise<void> {
    const { estimator } = this.#options
    const { sample, model } = entry
    const caller = callerOf(entry)
    if (estimator.knowsInput(caller, model)) return
    const text = sample()
    if (text === '') return
    const tokens = await this.#count(text)
    if (tokens !== undefined) estimator.learnInput(caller, model, text.length / Math.max(1, tokens))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }

  /** Undefined: the thread died. */
  #count(text: string): Promise<number | undefined> {
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#worker ??= this.#start()
      this.#worker.postMessage({ id, text } satisfies TokenizerRequest)
    })
  }

  #start(): Worker {
    const worker = new Worker(new URL('tokenizer-worker.ts', import.meta.url))
    worker.unref()
    worker.on('message', ({ id, tokens }: TokenizerReply) => {
      this.#waiting.get(id)?.(tokens)
      this.#waiting.delete(id)
      clearTimeout(this.#idle)
      this.#idle = setTimeout(() => void this.#stop(), idleMs).unref()
    })
    worker.on('error', (err) => this.#options.log.warn({ err }, 'the tokenizer failed, estimates go on without it'))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#forget()
    })
    return worker
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#forget()
    await worker?.terminate()
  }

  #forget(): void {
    this.#worker = undefined
    for (const resolve of this.#waiting.values()) resolve(undefined)
    this.#waiting.clear()
  }
}
