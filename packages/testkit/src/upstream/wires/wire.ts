import type { JsonObject, Usage, WireName } from '@parley/wires'
import type { FakeError } from '../behaviour.ts'
import type { FakeCall } from '../call.ts'
import type { Reply } from '../reply.ts'

/**
 * One wire as a fake upstream speaks it. Written by hand from the providers' documentation and never through
 * `@parley/wires`, whose codecs and meters are judged by it.
 */
export interface FakeWire {
  name: WireName
  /** The counters as this wire can tell them: what it has no field for is folded in where its provider counts it. */
  tellable(usage: Usage): Usage
  stream(reply: Reply, call: FakeCall): Iterable<Frame>
  /** The content type of a streamed reply. */
  streamType(call: FakeCall): string
  whole(reply: Reply, call: FakeCall): WholeReply
  errorBody(error: FakeError): JsonObject
  errorFrames(error: FakeError, events: number): Frame[]
}

/** One SSE event, with LF line ends and its closing blank line, and what it tells. */
export interface Frame {
  text: string
  /** The part of the model's text, thinking, refusal or arguments that it carries. */
  content?: string
  said?: SaidUsage
  /** The reply is whole from here on; what may follow is about it (OpenAI Chat's usage, and its `[DONE]`, which many never send). */
  isFinal?: boolean
}

export interface WholeReply {
  body: JsonObject
  content: string
  said?: SaidUsage
}

/** Usage in the wire's own words, and the same as disjoint counters. */
export interface SaidUsage {
  own: JsonObject
  usage: Usage
}

export function frameOf(event: string, data: JsonObject): Frame {
  return { text: `event: ${event}\ndata: ${JSON.stringify(data)}\n\n` }
}

export function dataFrame(data: JsonObject): Frame {
  return { text: `data: ${JSON.stringify(data)}\n\n` }
}

/** What was used by the time `pieces` pieces are out, for replies that say it with every chunk. */
export function runningUsage(usage: Usage, pieces: number): Usage {
  return {
    ...usage,
    thinking: Math.min(usage.thinking, pieces),
    output: Math.min(usage.output, Math.max(0, pieces - usage.thinking)),
  }
}
