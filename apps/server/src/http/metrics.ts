/** Prometheus metrics. Parts register their own on `registry`; labels are routes and codes, never ids or paths. */
import { ParleyError } from '@parley/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import { isLoopback } from '../config/address-range.ts'
import { isSameSecret } from '../config/is-same-secret.ts'
import { tryBearerToken } from './guard.ts'

export interface Metrics {
  readonly registry: Registry
  observeRequest(request: { method: string; route: string; status: number; seconds: number }): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'parley_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by route.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  })
  return {
    registry,
    observeRequest: ({ method, route, status, seconds }) => duration.observe({ method, route, status }, seconds),
  }
}

/** `GET /metrics`: for the holder of the token; without a configured token, for this machine alone. */
export function metricsRoutes(app: FastifyInstance, metrics: Metrics, token: string | undefined): void {
  const schema = {
    tags: ['system'],
    summary: 'Metrics in the Prometheus text format',
    description:
      'Needs `Authorization: Bearer <METRICS_TOKEN>`; without a configured token it answers to loopback only.',
  }
  app.get('/metrics', { config: { produces: { 'text/plain': z.string() } }, schema }, async (request, reply) => {
    if (!mayReadMetrics(request, token)) throw new ParleyError('metrics_forbidden')
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}

function mayReadMetrics(request: FastifyRequest, token: string | undefined): boolean {
  if (token !== undefined) return isSameSecret(tryBearerToken(request.headers.authorization) ?? '', token)
  // A proxy on this machine is at loopback too, and so is a browser, but those that they speak for are not.
  const isForwarded = forwardedHeaders.some((name) => name in request.headers)
  return !isForwarded && isLoopback(request.socket.remoteAddress)
}

/** What proxies and browsers say of whom they speak for. A proxy that says nothing needs METRICS_TOKEN behind it. */
const forwardedHeaders = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via', 'origin'] as const
