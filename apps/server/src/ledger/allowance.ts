import type { Log } from '../store/log.ts'
import type { HeldLimits, Limits } from './limits.ts'
import type { Allowance, ReadingSoFar } from './ticket.ts'
import { inputTokensOf, outputTokensOf } from './tokens.ts'

/** Each time as much as has been reserved for the reply, within these. */
const minGrowth = 256
const maxGrowth = 8_192
/** Tokens. What comes in one piece cannot be ended in its middle. */
const minMargin = 64

export interface AllowanceParts {
  readonly limits: Pick<Limits, 'extend'>
  readonly log: Log
  readonly outputTokens: (length: number) => number
}

export class CallAllowance implements Allowance {
  readonly #held: HeldLimits
  readonly #limits: Pick<Limits, 'extend'>
  readonly #log: Log
  readonly #outputTokens: (length: number) => number
  #growth: number
  #seen = 0
  #isUnasked = false
  #largestStep = 0

  constructor(held: HeldLimits, parts: AllowanceParts) {
    this.#held = held
    this.#limits = parts.limits
    this.#log = parts.log
    this.#outputTokens = parts.outputTokens
    this.#growth = held.size.outputTokens
  }

  hasRoom({ usage, contentLength }: ReadingSoFar): boolean {
    const { tokens, cost, size } = this.#held
    if (this.#isUnasked || (tokens === Number.POSITIVE_INFINITY && cost === Number.POSITIVE_INFINITY)) return true
    const input = usage === undefined ? size.inputTokensAtMost : inputTokensOf(usage)
    const output = Math.max(this.#outputTokens(contentLength), usage === undefined ? 0 : outputTokensOf(usage))
    this.#largestStep = Math.max(this.#largestStep, output - this.#seen)
    this.#seen = output
    const next = output + Math.max(minMargin, 2 * this.#largestStep)
    return input + next <= tokens && (cost === Number.POSITIVE_INFINITY || size.cost(input, next) <= cost)
  }

  async grow(): Promise<boolean> {
    this.#growth = Math.min(maxGrowth, Math.max(minGrowth, this.#growth * 2))
    try {
      return await this.#limits.extend(this.#held, Math.max(this.#growth, this.#largestStep * 2))
    } catch (error) {
      // A reply under way is not cut off because the limits cannot be asked: what it uses is booked all the same.
      this.#isUnasked = true
      this.#log.warn({ request_id: this.#held.id, err: error }, 'a running reply could not reserve more, it goes on')
      return true
    }
  }
}
