/** One line for every request of a scope, when its answer has left or its caller has. The relay's doors write their own. */
import type { FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'

export function useAccessLog(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const durationMs = Math.round(reply.elapsedTime * 10) / 10
    // A stream that its reader left has sent its 200 already: that it was left is the news.
    const status = reply.raw.writableFinished ? reply.statusCode : 499
    request.log.info(
      {
        request_id: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status,
        duration_ms: durationMs,
        ip: request.ip,
        user_id: request.principal?.userId,
        code: request.errorCode ?? undefined,
      },
      'request',
    )
    metrics.observeRequest({ method: request.method, route, status, seconds: reply.elapsedTime / 1000 })
    done()
  })
}
