import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../store/log.ts'
import type { HeldLimits } from './held-limits.ts'
import type { Extension, Growth, Limits } from './limits.ts'
import type { Allowance, ReadingSoFar } from './ticket.ts'
import { inputTokensOf, outputTokensOf } from './tokens.ts'

/** Each time as much as has been reserved for the reply, within these. */
const minGrowth = 256
const maxGrowth = 8_192
/** Tokens. More is reserved ahead of what comes, so that pieces seldom have to wait. */
const minMargin = 64
/**
 * Milliseconds that a reply waits for what others hold, and between two looks. Each waits another while: of replies that
 * wait for one another the least patient ends, and what it held is the others'.
 */
const patience = { least: 100, most: 1_000 }
const lookEveryMs = 25

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
  #input = 0
  #output = 0
  /** What is to be reserved for the reply: so far, or with a margin. */
  #wanted = 0
  #largestStep = 0
  /** There was not enough left for a margin: what there is goes to the last token. */
  #isTight = false

  constructor(held: HeldLimits, parts: AllowanceParts) {
    this.#held = held
    this.#limits = parts.limits
    this.#log = parts.log
    this.#outputTokens = parts.outputTokens
    this.#growth = held.size.outputTokens
  }

  get isLimited(): boolean {
    const { tokens, cost, isUnasked } = this.#held
    return !isUnasked && (tokens !== Number.POSITIVE_INFINITY || cost !== Number.POSITIVE_INFINITY)
  }

  roomFor({ usage, contentLength, isFinished }: ReadingSoFar): 'enough' | 'scarce' | 'none' {
    if (!this.isLimited) return 'enough'
    const said = usage === undefined ? 0 : outputTokensOf(usage)
    const output = isFinished && said > 0 ? said : Math.max(this.#outputTokens(contentLength), said)
    this.#largestStep = Math.max(this.#largestStep, output - this.#output)
    this.#output = output
    this.#input = usage === undefined ? this.#held.size.inputTokensAtMost : inputTokensOf(usage)
    const next = output + Math.max(minMargin, 2 * this.#largestStep)
    if (this.#isHeld(next)) return 'enough'
    const isHeld = this.#isHeld(output)
    this.#wanted = isHeld ? next : output
    if (!isHeld) return 'none'
    return this.#isTight ? 'enough' : 'scarce'
  }

  async grow(): Promise<boolean> {
    this.#growth = Math.min(maxGrowth, Math.max(minGrowth, this.#growth * 2))
    const tokens = this.#input + this.#wanted
    const cost = this.#held.size.cost(this.#input, this.#wanted)
    const wanted = { tokens, cost, ahead: this.#growth }
    try {
      let extension = await this.#limits.extend(this.#held, wanted)
      // A margin is not waited for.
      if (extension === 'held_by_others' && !this.#isHeld(this.#output)) extension = await this.#waitForOthers(wanted)
      this.#isTight = extension !== 'granted'
      return extension === 'granted'
    } catch (error) {
      // A reply under way is not cut off because the limits cannot be asked: what it uses is booked all the same.
      this.#held.isUnasked = true
      this.#log.warn({ request_id: this.#held.id, err: error }, 'a running reply could not reserve more, it goes on')
      return true
    }
  }

  async #waitForOthers(wanted: Growth): Promise<Extension> {
    const until = performance.now() + patience.least + Math.random() * (patience.most - patience.least)
    let extension: Extension = 'held_by_others'
    while (extension === 'held_by_others' && performance.now() < until) {
      await delay(lookEveryMs)
      extension = await this.#limits.extend(this.#held, wanted)
    }
    return extension
  }

  #isHeld(output: number): boolean {
    const { tokens, cost, size } = this.#held
    if (this.#input + output > tokens) return false
    return cost === Number.POSITIVE_INFINITY || size.cost(this.#input, output) <= cost
  }
}
