/** `/auth`: signing in and everything about it. */
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { clientOf, refreshLimit, signInLimit } from './request-facts.ts'
import {
  idParams,
  loginBody,
  passwordBody,
  presentProfile,
  presentSession,
  presentSignedIn,
  presentSignIn,
  presentWaiting,
  profileSchema,
  refreshBody,
  selfRegisterBody,
  sessionSchema,
  setupBody,
  signedInSchema,
  signInSchema,
  waitingSchema,
} from './schema.ts'
import type { Identity } from './service.ts'

const tags = ['auth']

const registerSchema = {
  tags,
  summary: 'Register',
  description: '202: an administrator has to let them in before they can sign in.',
  body: selfRegisterBody,
  response: { 201: signedInSchema, 202: waitingSchema },
}

interface AuthParts extends Identity {
  /** Resolves when all calls that have ended are counted. */
  readonly settled: () => Promise<void>
}

export function authRoutes({ signIns, sessions, people, settings, settled }: AuthParts) {
  const limit = signInLimit(settings)
  const open = { access: 'public', limit } as const

  return (app: ApiInstance): void => {
    app.post('/auth/register', { config: open, schema: registerSchema }, async (request, reply) => {
      const registered = await signIns.register(request.body, clientOf(request))
      if ('waiting' in registered) return reply.code(202).send(presentWaiting(registered.waiting))
      return reply.code(201).send(presentSignedIn(registered))
    })

    app.post(
      '/auth/login',
      {
        config: open,
        schema: {
          tags,
          summary: 'Sign in',
          description: 'Who has an authenticator gets a challenge, to be answered at `/auth/mfa/verify`.',
          body: loginBody,
          response: { 200: signInSchema },
        },
      },
      async (request) => presentSignIn(await signIns.login(request.body, clientOf(request))),
    )

    app.post(
      '/auth/refresh',
      {
        config: { access: 'public', limit: refreshLimit(settings) },
        schema: {
          tags,
          summary: 'New tokens for a refresh token',
          body: refreshBody,
          response: { 200: signedInSchema },
        },
      },
      async (request) => presentSignedIn(await signIns.refresh(request.body.refresh_token, clientOf(request))),
    )

    app.post(
      '/auth/logout',
      { schema: { tags, summary: 'Sign out this device', response: { 200: z.null() } } },
      async (request) => {
        const { userId, sessionId } = principalOf(request)
        await sessions.end(userId, sessionId)
        return null
      },
    )

    app.get(
      '/auth/me',
      { schema: { tags, summary: 'Who is signed in', response: { 200: profileSchema } } },
      async (request) => {
        await settled()
        return presentProfile(await people.get(principalOf(request).userId))
      },
    )

    app.put(
      '/auth/password',
      {
        config: { limit },
        schema: {
          tags,
          summary: 'Change the password',
          description: 'Signs out all other devices.',
          body: passwordBody,
          response: { 200: z.null() },
        },
      },
      async (request) => {
        await people.changePassword(principalOf(request), request.body)
        return null
      },
    )
  }
}

/** Where one is signed in. */
export function sessionRoutes({ sessions }: Identity) {
  return (app: ApiInstance): void => {
    app.get(
      '/auth/sessions',
      { schema: { tags, summary: 'Where one is signed in', response: { 200: z.array(sessionSchema) } } },
      async (request) => {
        const { userId, sessionId } = principalOf(request)
        const listed = await sessions.list(userId)
        return listed.map((session) => presentSession(session, sessionId))
      },
    )

    app.delete(
      '/auth/sessions',
      { schema: { tags, summary: 'Sign out all other devices', response: { 200: z.null() } } },
      async (request) => {
        const { userId, sessionId } = principalOf(request)
        await sessions.endOthers(userId, sessionId)
        return null
      },
    )

    app.delete(
      '/auth/sessions/:id',
      { schema: { tags, summary: 'Sign out a device', params: idParams, response: { 200: z.null() } } },
      async (request) => {
        await sessions.end(principalOf(request).userId, request.params.id)
        return null
      },
    )
  }
}

/** The first administrator. */
export function setupRoutes({ firstAdmin, settings }: Identity) {
  return (app: ApiInstance): void => {
    app.get(
      '/setup',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'Whether the first administrator is still missing',
          response: { 200: z.object({ is_needed: z.boolean() }) },
        },
      },
      async () => ({ is_needed: await firstAdmin.isNeeded() }),
    )

    app.post(
      '/setup',
      {
        config: { access: 'public', limit: signInLimit(settings) },
        schema: {
          tags,
          summary: 'Make the first administrator',
          description: 'With the one-time token of the link that the server printed.',
          body: setupBody,
          response: { 201: signedInSchema },
        },
      },
      async (request, reply) => {
        const { token, ...registration } = request.body
        const claimed = await firstAdmin.claim(token, registration, clientOf(request))
        return reply.code(201).send(presentSignedIn(claimed))
      },
    )
  }
}
