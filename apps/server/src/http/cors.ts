/** Which other origins' pages may call this server. Those that are named may send credentials along, as S3 has it; any others not. */
import fastifyCors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/config.ts'

export async function useCors(app: FastifyInstance, cors: Config['cors']): Promise<void> {
  if (cors.kind === 'off') return
  await app.register(fastifyCors, {
    origin: cors.kind === 'any' ? '*' : [...cors.origins],
    credentials: cors.kind === 'origins',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
    maxAge: 600,
  })
}
