import type { ChatEvent, ChatRequest } from '@parley/wires'
import type { Caller, Outcome } from './exchange.ts'

/** The engine as chat sees it: a neutral request in, neutral events out, everything admitted, metered and settled inside. */
export interface Engine {
  /**
   * Makes one model call. `onEvent` gets the events in order, never two at once; while its promise is pending the
   * upstream is held back. Never rejects for what an upstream or a limit does: that is `outcome.error`. `onEvent` is not
   * called with `error` events; the outcome says it.
   */
  generate(call: GenerateCall): Promise<Outcome>
}

export interface GenerateCall {
  readonly caller: Caller
  readonly request: ChatRequest
  readonly conversationId: string | null
  /** Ends the call: what has been used is still settled. */
  readonly signal: AbortSignal
  readonly onEvent: (event: ChatEvent) => Promise<void> | void
}
