import type { Language } from '@parley/contract'
import type { z } from 'zod'
import type { Media } from './media.ts'

/**
 * What a route says about itself, in its `config`: who may call it and how often. One hook enforces both before the
 * body is read, so that a route's policy is visible where the route is, and no handler has checks of its own.
 *
 *   app.post('/conversations', { config: { access: 'user', limit: limits.chat }, schema: { body, response } }, handler)
 *
 * Handlers return plain data (or `page(...)`); the presenter of the mount (`/api` with envelope, `/bare/api` without)
 * makes the reply of it. They throw ParleyError; the error exit of the mount renders it.
 */
export type Access = 'public' | 'user' | 'admin'

export interface RouteLimit {
  /** Counters are shared by all routes with the same name. */
  readonly name: string
  /** Asked each time where it may change while the server runs. */
  readonly max: number | (() => number)
  readonly windowMs: number
  readonly by: 'ip' | 'user'
}

/** Who is signed in. */
export interface Principal {
  readonly userId: string
  readonly role: 'admin' | 'user'
  readonly sessionId: string
  /** The command line, in that user's name. */
  readonly via?: 'cli' | undefined
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    limit?: RouteLimit
    /** What it answers where that is not the mount's JSON of the response schema, or that it sends elsewhere. */
    produces?: Media | 'redirect'
    /** The body where no schema checks it, in one form. */
    accepts?: Media
    /** The form of errors where it is not the mount's. */
    refuses?: z.ZodType
  }
  interface FastifyRequest {
    /** Null on public routes that nobody signed in for; `principalOf` gives it or throws. */
    principal: Principal | null
    language: Language
    /** For what goes on for long: throws when who asked may not any more, signed out or demoted since. */
    assertStillAllowed: () => Promise<void>
  }
}

/** A list with its place in the whole: rendered as `{success, data: items, pagination}`. */
export class Page<T> {
  readonly items: readonly T[]
  readonly pagination: { readonly page: number; readonly limit: number; readonly total: number }

  constructor(items: readonly T[], pagination: { page: number; limit: number; total: number }) {
    this.items = items
    this.pagination = pagination
  }
}
