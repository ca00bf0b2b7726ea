/**
 * The one place that decides who may call a route and how often, from what the route says about itself (`route.ts`),
 * before its body is read. A route that says nothing is for signed-in users.
 */
import { ParleyError } from '@parley/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Counters } from '../state/state.ts'
import { subjectOfAddress } from '../config/address-range.ts'
import { rateLimited, rateLimitHeaders } from './rate-limit.ts'
import type { Access, Principal, RouteLimit } from './route.ts'

export interface GuardOptions {
  readonly counters: Counters
  /** Who an access token belongs to; throws ParleyError when it is not good (any more). */
  readonly authenticate: (token: string) => Principal | Promise<Principal>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export function useGuard(app: FastifyInstance, options: GuardOptions): void {
  app.decorateRequest('assertStillAllowed')
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    const { access = 'user', limit } = request.routeOptions.config
    // Before the token is looked at: guesses must cost the guesser, not the server.
    if (limit?.by === 'ip') await takeFrom(limit, subjectOfAddress(request.ip), reply, options)
    request.principal = await identify(request, access, options)
    if (limit?.by === 'user') await takeFrom(limit, principalOf(request).userId, reply, options)
    request.assertStillAllowed = async () => void (await identify(request, access, options))
  })
}

/** Who is signed in; throws when nobody is, which only public routes have to expect. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new ParleyError('unauthenticated')
  return request.principal
}

/** The token of `Authorization: Bearer …`. */
export function tryBearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^bearer +(\S+) *$/i.exec(header)?.[1]
}

async function identify(request: FastifyRequest, access: Access, options: GuardOptions): Promise<Principal | null> {
  if (access === 'public') return null
  const token = tryBearerToken(request.headers.authorization)
  if (token === undefined) throw new ParleyError('unauthenticated')
  const principal = await options.authenticate(token)
  if (access === 'admin' && principal.role !== 'admin') throw new ParleyError('admin_only')
  return principal
}

async function takeFrom(limit: RouteLimit, subject: string, reply: FastifyReply, options: GuardOptions): Promise<void> {
  const max = typeof limit.max === 'function' ? limit.max() : limit.max
  const reading = await options.counters.take(`${limit.name}:${subject}`, {
    limit: max,
    windowMs: limit.windowMs,
  })
  const untilResetMs = Math.max(0, reading.resetAtMs - options.clock())
  void reply.headers(rateLimitHeaders({ max, remaining: reading.remaining, resetMs: untilResetMs }))
  if (!reading.isAllowed) throw rateLimited(max, untilResetMs)
}
