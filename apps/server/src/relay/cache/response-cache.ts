import type { Admitted } from '../attempts.ts'
import type { Outcome, WireAsk } from '../exchange.ts'
import { cacheName } from './cache-name.ts'
import { KeptReplies, type KeptRepliesOptions } from './kept-replies.ts'
import { type MemberEnd, SharedReply } from './shared-reply.ts'

/**
 * Answers calls with the replies of equal calls before them, byte for byte.
 *
 * Guarantees: only whole, good replies are kept, never an error and never one that was cut; another key's are used only
 * where that is allowed; while an equal call of the same key is under way no second one is made, and it goes on as long
 * as anybody waits for it, whoever began it; the call that was made pays, the others cost nothing.
 */
export interface ResponseCache extends AsyncDisposable {
  /** `make` carries the call out when nobody has its reply; `settle` books one that was answered from here. */
  answer(admitted: Admitted, ask: CachedAsk, steps: CacheSteps): Promise<Outcome>
  /** Resolves when what is too old or too much is gone. */
  shrunk(): Promise<void>
}

export interface CachedAsk {
  readonly ask: WireAsk
  /** How old a reply may be, and how long it is kept. */
  readonly maxAgeMs: number
}

export interface CacheSteps {
  make(admitted: Admitted): Promise<Outcome>
  settle(admitted: Admitted, end: MemberEnd): Outcome
}

export interface ResponseCacheOptions extends KeptRepliesOptions {
  readonly pepper: Uint8Array
  /** Whether keys get the replies of other keys. */
  readonly isShared: boolean
}

/** Longer replies are passed on and not kept. */
const maxReplyBytes = 2 * 1024 * 1024

export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  return new SealedResponseCache(options)
}

class SealedResponseCache implements ResponseCache {
  readonly #options: ResponseCacheOptions
  readonly #kept: KeptReplies
  /** Under way, on this node. */
  readonly #flights = new Map<string, SharedReply>()

  constructor(options: ResponseCacheOptions) {
    this.#options = options
    this.#kept = new KeptReplies(options)
  }

  async answer(admitted: Admitted, cached: CachedAsk, steps: CacheSteps): Promise<Outcome> {
    const { caller, reply } = admitted.exchange
    const { isShared, pepper } = this.#options
    const owner = caller.keyId ?? ''
    const name = cacheName(cached.ask, caller, { namespace: isShared ? '' : owner, pepper })
    // A call under way is subject to its own key's limits: others do not depend on it.
    const flightName = `${owner} ${name}`
    const joined = this.#flights.get(flightName)
    if (joined?.isOpen) return steps.settle(admitted, await joined.join(reply, () => 'hit'))
    const flight = new SharedReply(maxReplyBytes)
    this.#flights.set(flightName, flight)
    try {
      return await this.#lead(flight, admitted, { name, maxAgeMs: cached.maxAgeMs, steps })
    } finally {
      if (this.#flights.get(flightName) === flight) this.#flights.delete(flightName)
    }
  }

  async #lead(
    flight: SharedReply,
    admitted: Admitted,
    { name, maxAgeMs, steps }: { name: string; maxAgeMs: number; steps: CacheSteps },
  ): Promise<Outcome> {
    let mark: 'hit' | 'miss' = 'miss'
    const ended = flight.join(admitted.exchange.reply, () => mark)
    const found = await this.#kept.find(name, maxAgeMs)
    if (found !== undefined) {
      mark = 'hit'
      flight.replay(found)
      return steps.settle(admitted, await ended)
    }
    let isShort = false
    const onShortened = () => {
      isShort = true
    }
    const outcome = await steps.make({ ...admitted, exchange: { ...admitted.exchange, reply: flight, onShortened } })
    const recorded = flight.recorded()
    const isGood = outcome.endReason === 'done' && !isShort
    if (isGood && recorded?.head.status === 200) await this.#kept.keep(name, recorded, maxAgeMs)
    return outcome
  }

  shrunk(): Promise<void> {
    return this.#kept.shrunk()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#kept[Symbol.asyncDispose]()
  }
}
