import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type EventStreamOptions, openEventStream } from '../../http/event-stream.ts'
import type { Encoder } from '../dialects/dialect.ts'
import type { LoggedEvent } from './run-event.ts'
import type { Runs } from './service.ts'

export interface RunStream {
  readonly runId: string
  readonly encoder: Encoder
  /** The number of the last event that the reader has. */
  readonly after: number
  /** Events that come together are sent a moment apart: a reader that one of the documents prints takes one at a time. */
  readonly isSpaced?: boolean
  readonly headers?: EventStreamOptions['headers']
}

export interface StreamRunOptions {
  readonly runs: Runs
  readonly heartbeatMs: number
}

const pieceLength = 64 * 1024
/** Enough for the reader to have taken one event before the next one is there. */
const spaceMs = 1
/** No more is ever queued than one piece, but a piece can be a whole picture. */
const maxQueuedBytes = 64 * 1024 * 1024

/** Sends a run to one reader, from a number on to its end. The reader's speed is its own; that it leaves stops nothing. */
export function createStreamRun({ runs, heartbeatMs }: StreamRunOptions) {
  return async function streamRun(request: FastifyRequest, reply: FastifyReply, run: RunStream): Promise<FastifyReply> {
    const { runId, encoder, after, isSpaced = false, headers } = run
    const stream = openEventStream(request, reply, { heartbeatMs, maxQueuedBytes, ...(headers && { headers }) })
    const length = isSpaced ? 0 : pieceLength
    let sentAt = 0
    try {
      // From the first event on, whatever the reader has: an encoder says `aiMessageEnd` with the whole text.
      for await (const events of runs.read(runId, { after: 0, signal: stream.signal })) {
        for (const text of textsOf(events, { encoder, after, length })) {
          if (isSpaced && performance.now() - sentAt < spaceMs) await sleep(spaceMs)
          await stream.send(text)
          sentAt = performance.now()
        }
      }
    } catch (error) {
      // The head is sent: a cut says that something is missing, and the reader can come back with its last number.
      request.log.error({ err: error, runId }, 'a run could not be read')
      reply.raw.destroy()
    }
    stream.close()
    return reply
  }
}
export type StreamRun = ReturnType<typeof createStreamRun>

interface Pieces {
  readonly encoder: Encoder
  readonly after: number
  /** A piece that is so long is sent; 0: every event is one. */
  readonly length: number
}

/** The events after a number as text, together where they are short: a reader that comes late reads many at once. */
function* textsOf(events: readonly LoggedEvent[], { encoder, after, length }: Pieces): Generator<string> {
  let text = ''
  for (const logged of events) {
    const said = encoder(logged)
    if (logged.seq > after) text += said
    if (text === '' || text.length < length) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
