/**
 * How many tokens a call will use, before anybody has counted. What this caller's calls to this model came to lately says
 * it best; `max_tokens` only bounds it. Estimates reserve and stand in where an upstream said nothing; they are never
 * booked where one did.
 */
export interface Estimator {
  estimate(call: CallShape): Estimate
  /** Tokens of so many UTF-16 units of a reply. */
  outputTokens(caller: string, model: string, length: number): number
  /** A tokenizer has counted a part of a request: for new callers, and upstreams that never say what a call used. */
  learnInput(caller: string, model: string, lengthPerToken: number): void
  knowsInput(caller: string, model: string): boolean
  /** Upstreams have counted several calls of this caller: no tokenizer knows them better. */
  isFamiliar(caller: string, model: string): boolean
  /** An upstream has said what a call used. */
  learn(call: CallShape, used: UsedTokens): void
}

export interface CallShape {
  /** Key or user. */
  readonly caller: string
  readonly model: string
  /** UTF-16 units or bytes of the request, markup and all. */
  readonly inputLength: number
  /** What the caller allows; undefined: as much as there is. */
  readonly maxOutputTokens: number | undefined
}

export interface UsedTokens {
  readonly inputTokens: number
  readonly outputTokens: number
  /** UTF-16 units of the reply. */
  readonly contentLength: number
}

export interface Estimate {
  readonly input: number
  /** What must be left of a limit for the call to be let in: of a caller who is known, all that it may count. */
  readonly inputAtLeast: number
  /** Hardly more than this: what a limit must have room for until the upstream has said what it was. */
  readonly inputAtMost: number
  readonly output: number
}

/** Mixed prose, code and JSON. It errs towards more tokens. */
const usualLengthPerToken = 3.5
const usualOutputTokens = 500
const maxCallers = 10_000
/** Weight of the newest call, once there have been some. */
const weight = 0.2
const callsUntilKnown = 3

interface Experience {
  calls: number
  inputLengthPerToken: number
  outputTokens: number
  /** Mean distance from the mean. */
  outputSpread: number
  outputLengthPerToken: number | undefined
}

export function estimateTokens(length: number): number {
  return Math.ceil(length / usualLengthPerToken)
}

export function createEstimator(): Estimator {
  const known = new Map<string, Experience>()
  /** Length of a token of requests, counted by a tokenizer. */
  const counted = new Map<string, number>()
  const nameOf = (caller: string, model: string) => `${caller} ${model}`
  const find = (caller: string, model: string) => known.get(nameOf(caller, model))

  return {
    estimate({ caller, model, inputLength, maxOutputTokens = Number.POSITIVE_INFINITY }) {
      const experience = find(caller, model)
      if (experience === undefined || experience.calls < callsUntilKnown) {
        const input = Math.ceil(inputLength / (counted.get(nameOf(caller, model)) ?? usualLengthPerToken))
        const output = Math.min(usualOutputTokens, maxOutputTokens)
        return { input, inputAtLeast: input, inputAtMost: input * 2, output }
      }
      const input = Math.ceil(inputLength / experience.inputLengthPerToken)
      const usual = Math.ceil(experience.outputTokens + 3 * experience.outputSpread)
      const output = Math.max(1, Math.min(usual, maxOutputTokens))
      const inputAtMost = Math.max(Math.ceil(input * 1.5), estimateTokens(inputLength))
      return { input, inputAtLeast: inputAtMost, inputAtMost, output }
    },

    outputTokens(caller, model, length) {
      const perToken = find(caller, model)?.outputLengthPerToken ?? usualLengthPerToken
      return Math.ceil(length / Math.min(perToken, usualLengthPerToken))
    },

    learnInput(caller, model, lengthPerToken) {
      if (counted.size >= maxCallers) counted.clear()
      counted.set(nameOf(caller, model), lengthPerToken)
    },

    knowsInput: (caller, model) => counted.has(nameOf(caller, model)),
    isFamiliar: (caller, model) => (find(caller, model)?.calls ?? 0) >= callsUntilKnown,

    learn({ caller, model, inputLength }, { inputTokens, outputTokens, contentLength }) {
      const name = nameOf(caller, model)
      const lengthPerToken = inputLength / Math.max(1, inputTokens)
      const before = known.get(name)
      // The newest goes to the end: who has not called for longest is forgotten first.
      known.delete(name)
      known.set(name, {
        calls: (before?.calls ?? 0) + 1,
        inputLengthPerToken: mixed(before, before?.inputLengthPerToken, lengthPerToken),
        outputTokens: mixed(before, before?.outputTokens, outputTokens),
        outputSpread: mixed(
          before,
          before?.outputSpread,
          Math.abs(outputTokens - (before?.outputTokens ?? outputTokens)),
        ),
        outputLengthPerToken:
          contentLength === 0 || outputTokens === 0
            ? before?.outputLengthPerToken
            : mixed(before, before?.outputLengthPerToken, contentLength / outputTokens),
      })
      const [oldest] = known.keys()
      if (oldest !== undefined && known.size > maxCallers) known.delete(oldest)
    },
  }
}

function mixed(before: Experience | undefined, old: number | undefined, value: number): number {
  if (before === undefined || old === undefined) return value
  const share = Math.max(weight, 1 / (before.calls + 1))
  return old + share * (value - old)
}
