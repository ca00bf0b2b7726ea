import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import type { RouteLimit } from '../http/route.ts'
import type { Client } from './user.ts'

/** Whatever could be used to guess a password, a code or a token counts on one limit. */
export function signInLimit(settings: Pick<Config['identity'], 'signInsPerMinute'>): RouteLimit {
  return { name: 'sign-in', max: settings.signInsPerMinute, windowMs: 60_000, by: 'ip' }
}

export function clientOf(request: FastifyRequest): Client {
  return { ip: request.ip, userAgent: request.headers['user-agent']?.slice(0, 300) ?? null }
}
