import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import type { RouteLimit } from '../http/route.ts'
import type { Client } from './user.ts'

type Settings = Pick<Config['identity'], 'signInsPerMinute'>

/** Whatever could be used to guess a password, a code or a token counts on one limit. */
export function signInLimit(settings: Settings): RouteLimit {
  return { name: 'sign-in', max: () => settings.signInsPerMinute, windowMs: 60_000, by: 'ip' }
}

/** Tokens are renewed by every tab of everybody behind the address. */
export function refreshLimit(settings: Settings): RouteLimit {
  return { ...signInLimit(settings), name: 'refresh', max: () => settings.signInsPerMinute * 6 }
}

/** Three steps each, none of which can be guessed at. */
export function oidcLimit(settings: Settings): RouteLimit {
  return { ...refreshLimit(settings), name: 'oidc' }
}

export function clientOf(request: FastifyRequest): Client {
  return { ip: request.ip, userAgent: request.headers['user-agent']?.slice(0, 300) ?? null }
}
