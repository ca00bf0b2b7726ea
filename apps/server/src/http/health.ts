/** Whether this process can do its work, part by part. */
import type { ApiInstance } from './api.ts'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { z } from 'zod'

export type PartCheck = () => Promise<{ ok: true } | { ok: false; reason: string }>

export interface HealthOptions {
  readonly version: string
  readonly startedAt: number
  readonly clock: () => number
  /** Parts without which nothing works. */
  readonly required: { readonly [part: string]: PartCheck }
  /** Parts that have a fallback: shown, but no reason to take this process out of service. */
  readonly optional: { readonly [part: string]: PartCheck }
}

const checkTimeoutMs = 3000

const healthSchema = z.object({
  status: z.enum(['ok', 'degraded', 'unavailable']),
  version: z.string(),
  uptime_seconds: z.int(),
  parts: z.record(z.string(), z.object({ status: z.enum(['ok', 'failed']), reason: z.string().optional() })),
})

export function healthRoutes(app: FastifyInstance, options: HealthOptions): void {
  const schema = {
    tags: ['system'],
    summary: 'The parts of the server and their state',
    description: '503 when not ready.',
  }
  const config = { produces: { 'application/json': healthSchema } }
  app.get('/health', { config, schema }, async (_request, reply) => {
    const { log } = app
    const [required, optional] = await Promise.all([checkAll(options.required, log), checkAll(options.optional, log)])
    const isReady = !app.stopping.aborted && required.every(([, part]) => part.status === 'ok')
    const isWhole = isReady && optional.every(([, part]) => part.status === 'ok')
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({
        status: isWhole ? 'ok' : isReady ? 'degraded' : 'unavailable',
        version: options.version,
        uptime_seconds: Math.floor((options.clock() - options.startedAt) / 1000),
        parts: Object.fromEntries([...required, ...optional]),
      })
  })
}

/** `GET /api/health`, as the documents print it: bare even where there is an envelope. */
export function shortHealthRoute(app: ApiInstance): void {
  const schema = { tags: ['system'], summary: 'The server answers' }
  const config = { access: 'public', produces: { 'application/json': z.object({ status: z.literal('ok') }) } } as const
  app.get('/health', { config, schema }, (_request, reply) => {
    void reply.type('application/json; charset=utf-8').send('{"status":"ok"}')
  })
}

type PartState = { status: 'ok' } | { status: 'failed'; reason: string }

type Checks = HealthOptions['required']

async function checkAll(checks: Checks, log: FastifyBaseLogger): Promise<[string, PartState][]> {
  return Promise.all(
    Object.entries(checks).map(
      async ([part, check]): Promise<[string, PartState]> => [part, await stateOf(check, log)],
    ),
  )
}

async function stateOf(check: PartCheck, log: FastifyBaseLogger): Promise<PartState> {
  const timeout = Promise.withResolvers<{ ok: false; reason: string }>()
  const timer = setTimeout(() => timeout.resolve({ ok: false, reason: 'no answer' }), checkTimeoutMs)
  try {
    const result = await Promise.race([check(), timeout.promise])
    return result.ok ? { status: 'ok' } : { status: 'failed', reason: result.reason }
  } catch (error) {
    // The reason may hold addresses and names of the inside; whoever needs it has the log.
    log.error({ err: error }, 'a part could not be checked')
    return { status: 'failed', reason: 'error' }
  } finally {
    clearTimeout(timer)
  }
}
