import { ParleyError } from '@parley/contract'
import { type ChatEvent, type ChatRequest, noUsage } from '@parley/wires'
import { v7 as uuidv7 } from 'uuid'
import type { Caller, Exchange, Outcome } from './exchange.ts'
import { refusalOf } from './failures.ts'
import type { Relay } from './relay.ts'
import { EventReply } from './reply.ts'

/** The engine as chat sees it: a neutral request in, neutral events out, everything admitted, metered and settled inside. */
export interface Engine {
  /**
   * Makes one model call. `onEvent` gets the events in order, never two at once; while its promise is pending the
   * upstream is held back. What a limit or an upstream does is `outcome.error` (end reason `refused` when the call was not
   * even admitted), never a rejection; only what `onEvent` throws is. `onEvent` gets no `error` events.
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
  /** Told when no limit refuses the call any more, before it is sent anywhere. */
  readonly onAdmitted?: () => void
}

export function createEngine(relay: Relay): Engine {
  return {
    async generate({ caller, request, conversationId, signal, onEvent, onAdmitted }) {
      const reply = new EventReply(onEvent, signal)
      const exchange: Exchange = {
        id: uuidv7(),
        caller,
        ask: { kind: 'neutral', model: request.model, isStream: true, request: { ...request, stream: true } },
        reply,
        startedAt: performance.now(),
        conversationId,
        ...(onAdmitted && { onAdmitted }),
      }
      const outcome = await relay.call(exchange).catch((error: unknown) => notAdmitted(exchange, error))
      await reply.finished()
      return outcome
    },
  }
}

function notAdmitted(exchange: Exchange, error: unknown): Outcome {
  if (!(error instanceof ParleyError)) throw error
  return {
    endReason: 'refused',
    httpStatus: error.status,
    usage: noUsage,
    usageSource: 'none',
    costNanos: 0,
    accountId: null,
    upstreamModel: null,
    attempts: 0,
    firstByteMs: null,
    durationMs: Math.round(performance.now() - exchange.startedAt),
    error: refusalOf(error),
  }
}
