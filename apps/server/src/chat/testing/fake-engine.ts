import { type ChatEvent, noUsage } from '@parley/wires'
import type { Engine, GenerateCall } from '../../relay/engine.ts'
import type { Outcome } from '../../relay/exchange.ts'

/**
 * An engine whose calls a test drives by hand: it keeps the engine's promises (events in order, one at a time, an outcome
 * that never rejects) and calls no model.
 */
export class FakeEngine implements Engine {
  readonly calls: FakeCall[] = []
  readonly #waiting: ((call: FakeCall) => void)[] = []
  readonly #unclaimed: FakeCall[] = []
  /** Answers calls, when set; otherwise the test claims them by `nextCall`. */
  script: ((call: FakeCall) => Promise<void>) | undefined
  /** Whether calls are admitted as soon as they are made; otherwise only the test's `admit` admits one. */
  isQuick = true

  generate(call: GenerateCall): Promise<Outcome> {
    const fake = new FakeCall(call)
    this.calls.push(fake)
    if (this.script === undefined) this.#offer(fake)
    else void this.script(fake)
    // A script that refuses does it at once.
    if (this.isQuick && !fake.isRefused) fake.admit()
    return fake.outcome
  }

  #offer(fake: FakeCall): void {
    const claim = this.#waiting.shift()
    if (claim === undefined) this.#unclaimed.push(fake)
    else claim(fake)
  }

  /** The next call that nobody has claimed yet. */
  nextCall(): Promise<FakeCall> {
    const call = this.#unclaimed.shift()
    return call === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(call)
  }

  /** From now on every call is answered with this text, in pieces of so many characters. */
  answerWith(text: string, pieceLength = text.length): void {
    this.script = async (call) => {
      for (let at = 0; at < text.length; at += pieceLength) await call.say(text.slice(at, at + pieceLength))
      call.finish()
    }
  }
}

export class FakeCall {
  readonly request: GenerateCall['request']
  readonly caller: GenerateCall['caller']
  readonly signal: AbortSignal
  readonly outcome: Promise<Outcome>
  readonly #call: GenerateCall
  isRefused = false
  readonly #settled = Promise.withResolvers<Outcome>()

  constructor(call: GenerateCall) {
    this.#call = call
    this.request = call.request
    this.caller = call.caller
    this.signal = call.signal
    this.outcome = this.#settled.promise
    call.signal.addEventListener('abort', () =>
      this.#settled.resolve(outcomeOf({ endReason: 'stopped', httpStatus: 499 })),
    )
  }

  admit(): void {
    this.#call.onAdmitted?.()
  }

  async say(...events: (ChatEvent | string)[]): Promise<void> {
    for (const event of events) {
      await this.#call.onEvent(typeof event === 'string' ? { type: 'text', index: 0, text: event } : event)
    }
  }

  finish(outcome: Partial<Outcome> = {}): void {
    this.isRefused = outcome.endReason === 'refused'
    this.#settled.resolve(outcomeOf(outcome))
  }

  fail(code: string, message: string): void {
    this.finish({ endReason: 'upstream_error', httpStatus: 502, error: { code, message } })
  }

  /** As an engine with a bug would. */
  break(error: Error): void {
    this.#settled.reject(error)
  }
}

function outcomeOf(outcome: Partial<Outcome>): Outcome {
  return {
    endReason: 'done',
    httpStatus: 200,
    usage: { ...noUsage, input: 7, output: 5 },
    usageSource: 'upstream',
    costNanos: 1_500,
    accountId: null,
    upstreamModel: null,
    attempts: 1,
    firstByteMs: 1,
    durationMs: 2,
    error: undefined,
    ...outcome,
  }
}
