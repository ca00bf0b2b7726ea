import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { type AccountKind, accountKinds } from '../upstreams/account.ts'
import type { AccountsRoutesParts } from './accounts-routes.ts'
import { accountParams, accountSchema, presentAccount } from './accounts-schema.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['accounts']

const proxy = z
  .string()
  .trim()
  .max(500)
  .nullable()
  .default(null)
  .describe('Carries the exchange, and later the account.')
const startClaudeSchema = z.object({ proxy }).default({ proxy: null })
const startSchema = z.object({ kind: z.enum(accountKinds), proxy })

const startedSchema = z
  .object({
    authorization_id: z.string(),
    auth_url: z.string().describe('Open it, sign in, and paste the code that is shown.'),
    expires_at: z.string(),
  })
  .meta({ id: 'StartedAuthorization' })

const exchangeSchema = z.object({
  authorization_id: z.string().max(100),
  code: z
    .string()
    .min(1)
    .max(5000)
    .describe('The code, code#state, or the whole address that the browser was sent to.'),
})

const grantedSchema = z
  .object({
    authorization_id: z
      .string()
      .describe('Send it with POST /admin/accounts, or with PATCH to sign an account in again.'),
    scopes: z.array(z.string()),
    expires_at: z.string().nullable().describe('When the access token expires; it is refreshed before.'),
  })
  .meta({ id: 'GrantedAuthorization' })

/** Signing in to upstreams with OAuth 2.0 and PKCE: generate the address, exchange the code, make the account. */
export function accountsOAuthRoutes(parts: AccountsRoutesParts) {
  const { accounts, audit } = parts
  const start = async (request: FastifyRequest, kind: AccountKind, through: string | null) => {
    const { id, url, expiresAt } = await accounts.authorizations.start(kind, through)
    await auditBy(request, audit, { action: 'account.authorize', targetId: null, detail: { kind } })
    return { authorization_id: id, auth_url: url, expires_at: new Date(expiresAt).toISOString() }
  }

  return (app: ApiInstance): void => {
    app.post(
      '/accounts/generate-auth-url',
      {
        config,
        schema: { tags, summary: 'Begin an OAuth sign-in', body: startSchema, response: { 200: startedSchema } },
      },
      (request) => start(request, request.body.kind, request.body.proxy),
    )

    app.post(
      '/claude-accounts/generate-auth-url',
      {
        config,
        schema: { tags, summary: 'Begin an OAuth sign-in', body: startClaudeSchema, response: { 200: startedSchema } },
      },
      (request) => start(request, 'anthropic', request.body.proxy),
    )

    for (const path of ['/accounts/exchange-code', '/claude-accounts/exchange-code']) {
      app.post(
        path,
        {
          config,
          schema: {
            tags,
            summary: 'Exchange the code of an OAuth sign-in',
            description: 'The tokens stay here: the account is made with the authorization_id.',
            body: exchangeSchema,
            response: { 200: grantedSchema },
          },
        },
        async (request) => {
          const { authorization_id, code } = request.body
          const { scopes, expiresAt } = await accounts.authorizations.exchange(authorization_id, code)
          const expires_at = expiresAt === null ? null : new Date(expiresAt).toISOString()
          return { authorization_id, scopes: [...scopes], expires_at }
        },
      )
    }

    app.post(
      '/accounts/:id/refresh',
      {
        config,
        schema: {
          tags,
          summary: 'Get new tokens for an account that is signed in with OAuth',
          params: accountParams,
          response: { 200: accountSchema },
        },
      },
      async (request) => {
        const account = await accounts.refresh(request.params.id)
        await auditBy(request, audit, { action: 'account.refresh', targetId: account.id })
        return presentAccount(account, parts.budgets.of(account.id))
      },
    )
  }
}
