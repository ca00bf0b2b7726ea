import type { JsonObject, Usage, WireName } from '@parley/wires'
import type { FakeCall, Operation } from './call.ts'
import type { SaidUsage } from './wires/wire.ts'

export const zeroUsage: Readonly<Usage> = Object.freeze({
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  thinking: 0,
  audioInput: 0,
  audioOutput: 0,
  webSearches: 0,
  fileSearches: 0,
  serviceTier: null,
})

/**
 * `finished`: the whole reply went out and was taken by the operating system. `ended-early`, `cut`, `reset`, `error`: as
 * the behaviour said. `closed-by-peer`: the caller went away first. `open`: still going on (or stalling).
 */
export type Outcome = 'open' | 'finished' | 'ended-early' | 'cut' | 'reset' | 'error' | 'closed-by-peer'

/** How far a reply had come. Counted when bytes are handed to the socket, whole events only. */
export interface Progress {
  events: number
  /** UTF-16 units of text, thinking, refusal and tool arguments. */
  contentCharacters: number
  contentBytes: number
  /** Bytes of the body, half events too. */
  bodyBytes: number
}

/** One call as the upstream saw it: the truth that a ledger is compared with. Plain data, and live until the call ends. */
export interface ServedCall extends Progress {
  number: number
  wire: WireName
  operation: Operation
  path: string
  model: string
  streamed: boolean
  /** 0 as long as no status has been sent. */
  status: number
  outcome: Outcome
  /** All that the call used, whether it was said or not, in counters that this wire can tell. */
  usage: Usage
  /** The last usage that has been said, in the wire's own words and as disjoint counters. */
  said: { own: JsonObject; usage: Usage } | undefined
  /** Of `usage`, what the caller could know from what has been written. */
  usageSaid: 'none' | 'partly' | 'whole'
  /** Bytes of the body that the operating system has taken: with a slow reader this stops growing. */
  takenBytes: number
  isStalled: boolean
  /** How far the reply had come when the caller went away. */
  closedByPeer: (Progress & { usageSaid: 'none' | 'partly' | 'whole' }) | undefined
  /** Milliseconds of the monotonic clock. */
  receivedAt: number
  headersAt: number | undefined
  firstEventAt: number | undefined
  endedAt: number | undefined
}

export function createServedCall(call: FakeCall): ServedCall {
  return {
    number: call.received.number,
    wire: call.wire,
    operation: call.operation,
    path: call.received.path,
    model: call.model,
    streamed: call.stream,
    status: 0,
    outcome: 'open',
    usage: { ...zeroUsage },
    said: undefined,
    usageSaid: 'none',
    events: 0,
    contentCharacters: 0,
    contentBytes: 0,
    bodyBytes: 0,
    takenBytes: 0,
    isStalled: false,
    closedByPeer: undefined,
    receivedAt: performance.now(),
    headersAt: undefined,
    firstEventAt: undefined,
    endedAt: undefined,
  }
}

/** Notes what a whole event (or whole body) told, once it has been handed to the socket. */
export function noteEvent(served: ServedCall, content: string | undefined, said: SaidUsage | undefined): void {
  served.events++
  served.firstEventAt ??= performance.now()
  if (content) {
    served.contentCharacters += content.length
    served.contentBytes += Buffer.byteLength(content)
  }
  if (said === undefined) return
  served.said = said
  served.usageSaid = isSameUsage(said.usage, served.usage) ? 'whole' : 'partly'
}

export function noteClosedByPeer(served: ServedCall): void {
  const { events, contentCharacters, contentBytes, bodyBytes, usageSaid } = served
  served.outcome = 'closed-by-peer'
  served.closedByPeer = { events, contentCharacters, contentBytes, bodyBytes, usageSaid }
}

function isSameUsage(left: Usage, right: Usage): boolean {
  return (Object.keys(zeroUsage) as (keyof Usage)[]).every((counter) => left[counter] === right[counter])
}
