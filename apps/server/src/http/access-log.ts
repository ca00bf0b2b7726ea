/** One line for every request of a scope, when its answer has left or its caller has. The relay's doors write their own. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.ts'

/** More of a path tells nothing. */
const longestPath = 1000

export function useAccessLog(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now()
    // Once the connection has gone it is not known any more.
    const { ip } = request
    let isWritten = false
    const write = () => {
      if (isWritten) return
      isWritten = true
      writeLine(request, reply, { ip, durationMs: performance.now() - startedAt, metrics })
    }
    // Fastify's own hook for this is not called when the caller leaves in the middle.
    reply.raw.once('finish', write)
    reply.raw.once('close', write)
    done()
  })
}

function writeLine(
  request: FastifyRequest,
  reply: FastifyReply,
  { ip, durationMs, metrics }: { ip: string; durationMs: number; metrics: Metrics },
): void {
  const { method } = request
  // A stream that its reader left has sent its 200 already: that it was left is the news.
  const status = reply.raw.writableEnded ? reply.raw.statusCode : 499
  request.log.info(
    {
      request_id: request.id,
      method,
      path: request.url.split('?', 1)[0]?.slice(0, longestPath),
      status,
      duration_ms: Math.round(durationMs * 10) / 10,
      ip,
      user_id: request.principal?.userId,
      code: request.errorCode ?? undefined,
    },
    'request',
  )
  metrics.observeRequest({ method, route: request.routeOptions.url ?? 'none', status, seconds: durationMs / 1000 })
}
