import type { FastifyReply, FastifyRequest } from 'fastify'
import { type EventStreamOptions, openEventStream } from '../../http/event-stream.ts'
import type { Encoder } from '../dialects/dialect.ts'
import type { Runs } from './service.ts'

export interface RunStream {
  readonly runId: string
  readonly encoder: Encoder
  /** The number of the last event that the reader has. */
  readonly after: number
  readonly headers?: EventStreamOptions['headers']
}

export interface StreamRunOptions {
  readonly runs: Runs
  readonly heartbeatMs: number
}

/** Sends a run to one reader, from a number on to its end. The reader's speed is its own; that it leaves stops nothing. */
export function createStreamRun({ runs, heartbeatMs }: StreamRunOptions) {
  return async function streamRun(request: FastifyRequest, reply: FastifyReply, run: RunStream): Promise<FastifyReply> {
    const { runId, encoder, after, headers } = run
    const stream = openEventStream(request, reply, { heartbeatMs, ...(headers === undefined ? {} : { headers }) })
    try {
      // From the first event on, whatever the reader has: an encoder says `aiMessageEnd` with the whole text.
      for await (const events of runs.read(runId, { after: 0, signal: stream.signal })) {
        const text = events.map((logged) => textAfter(after, logged.seq, encoder(logged))).join('')
        if (text !== '') await stream.send(text)
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

function textAfter(after: number, seq: number, text: string): string {
  return seq > after ? text : ''
}
