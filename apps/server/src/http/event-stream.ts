/**
 * Server-sent events, straight on the socket.
 *
 * /!\ Hot path: every word of every chat goes through `send`.
 *
 * Guarantees: an event leaves within the turn of the event loop in which it is sent (no buffering, no compression, no
 * Nagle). `send` resolves when the socket can take more, so a slow reader slows its own source and nobody else. A reader
 * that takes nothing for `stallMs`, or for which more than `maxQueuedBytes` wait, is cut: memory does not grow. Heart-beats
 * come only between events, and only when nothing else was said for a while.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface EventStreamOptions {
  readonly heartbeatMs: number
  readonly headers?: { readonly [name: string]: string }
  /** A reader that takes nothing for so long is cut. */
  readonly stallMs?: number
  readonly maxQueuedBytes?: number
  /**
   * It has no end of its own (a feed): ended when the server begins to stop, instead of being waited for, and when its reader
   * may not read it any more, which is looked at as often as its heart beats.
   */
  readonly isEndless?: boolean
}

export interface EventStream {
  /** Sends whole events (`id: …\nevent: …\ndata: …\n\n`). Resolves when there is room for more, at once when the reader has gone. */
  send(text: string): Promise<void>
  /** Aborted when the reader has gone or was cut, and after `close`. */
  readonly signal: AbortSignal
  /** Ends the stream cleanly, after what has been sent. */
  close(): void
}

const headersOfEveryStream = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
}

const roomLeft = Promise.resolve()

export function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  options: EventStreamOptions,
): EventStream {
  const { heartbeatMs, stallMs = 30_000, maxQueuedBytes = 4 * 1024 * 1024 } = options
  const raw = reply.raw
  const gone = new AbortController()
  const stopping = options.isEndless ? request.server.stopping : undefined
  let waiting: PromiseWithResolvers<void> | undefined

  reply.hijack()
  // Headers that plugins have set so far (CORS, security, the request's id) would be lost with the hijacked reply.
  raw.writeHead(200, { ...reply.getHeaders(), ...headersOfEveryStream, ...options.headers } as never)
  raw.flushHeaders()
  raw.socket?.setNoDelay(true)

  const heartbeat = setInterval(() => {
    if (waiting === undefined && !raw.writableEnded) raw.write(': ping\n\n')
  }, heartbeatMs)
  // Apart from the heart-beat, which waits while events are sent.
  const look = options.isEndless
    ? setInterval(() => request.assertStillAllowed().catch(() => close()), heartbeatMs)
    : undefined
  let stall: NodeJS.Timeout | undefined
  const cutWhenStalled = () => {
    stall ??= setTimeout(() => raw.destroy(), stallMs)
  }
  const resume = () => {
    clearTimeout(stall)
    stall = undefined
    waiting?.resolve()
    waiting = undefined
  }
  const close = () => {
    if (raw.writableEnded || raw.destroyed) return
    raw.end()
    // What is still queued may take a while, but not for ever.
    cutWhenStalled()
  }
  const end = () => {
    clearInterval(heartbeat)
    clearInterval(look)
    stopping?.removeEventListener('abort', close)
    resume()
    gone.abort()
  }
  raw.on('drain', resume)
  raw.once('close', end)
  stopping?.addEventListener('abort', close, { once: true })
  // The reader may have gone, or the stop begun, while the handler was still making up its mind.
  if (raw.destroyed) end()
  if (stopping?.aborted) close()

  return {
    signal: gone.signal,
    close,
    send(text) {
      if (raw.destroyed || raw.writableEnded) return roomLeft
      heartbeat.refresh()
      if (raw.write(text)) return roomLeft
      if (raw.writableLength > maxQueuedBytes) {
        raw.destroy()
        return roomLeft
      }
      cutWhenStalled()
      waiting ??= Promise.withResolvers()
      return waiting.promise
    },
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server begins to stop. */
    stopping: AbortSignal
  }
}
