/** `/auth/mfa`: one's own authenticator, and the second step of signing in. */
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { clientOf, signInLimit } from './request-facts.ts'
import {
  mfaCodeBody,
  mfaEnableBody,
  mfaSetupBody,
  mfaSetupSchema,
  mfaStatusSchema,
  mfaVerifyBody,
  presentMfaStatus,
  presentSignedIn,
  recoveryCodesSchema,
  signedInSchema,
} from './schema.ts'
import type { Identity } from './service.ts'
import { z } from 'zod'

const tags = ['auth']

export function mfaRoutes(identity: Identity) {
  return (app: ApiInstance): void => {
    setupRoutes(app, identity)
    codeRoutes(app, identity)
    verifyRoute(app, identity)
  }
}

function setupRoutes(app: ApiInstance, { mfa, settings }: Identity): void {
  const config = { limit: signInLimit(settings) }
  app.get(
    '/auth/mfa',
    { schema: { tags, summary: 'Whether signing in takes a code', response: { 200: mfaStatusSchema } } },
    async (request) => presentMfaStatus(await mfa.status(principalOf(request).userId)),
  )

  app.post(
    '/auth/mfa/setup',
    {
      config,
      schema: {
        tags,
        summary: 'A new secret for an authenticator',
        description:
          'Nothing changes until `enable` is given a code of it. 409 `mfa_enabled` when there is one in force.',
        body: mfaSetupBody,
        response: { 200: mfaSetupSchema },
      },
    },
    (request) => mfa.setUp(principalOf(request).userId, request.body.password),
  )

  app.post(
    '/auth/mfa/enable',
    {
      config,
      schema: {
        tags,
        summary: 'From now on signing in takes a code',
        description: 'Gives ten recovery codes, each good once, which are not shown again.',
        body: mfaEnableBody,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { code, end_other_sessions: endOtherSessions } = request.body
      return { recovery_codes: await mfa.enable(principalOf(request), { code, endOtherSessions }) }
    },
  )
}

function codeRoutes(app: ApiInstance, { mfa, settings }: Identity): void {
  const config = { limit: signInLimit(settings) }
  app.post(
    '/auth/mfa/disable',
    {
      config,
      schema: {
        tags,
        summary: 'Signing in takes no code any more',
        body: mfaCodeBody,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      await mfa.disable(principalOf(request).userId, request.body.code)
      return null
    },
  )

  app.post(
    '/auth/mfa/recovery-codes',
    {
      config,
      schema: {
        tags,
        summary: 'Ten new recovery codes; the others are void',
        body: mfaCodeBody,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => ({
      recovery_codes: await mfa.renewRecoveryCodes(principalOf(request).userId, request.body.code),
    }),
  )
}

function verifyRoute(app: ApiInstance, { signIns, settings }: Identity): void {
  app.post(
    '/auth/mfa/verify',
    {
      config: { access: 'public', limit: signInLimit(settings) },
      schema: {
        tags,
        summary: 'Sign in, second step',
        description: 'With the challenge that signing in was answered with, and a code or recovery code.',
        body: mfaVerifyBody,
        response: { 200: signedInSchema },
      },
    },
    async (request) => presentSignedIn(await signIns.verify(request.body, clientOf(request))),
  )
}
