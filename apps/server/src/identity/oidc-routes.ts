/** `/auth/oidc/…`: signing in through another provider. The browser is sent there and back; the page exchanges a code. */
import { randomBytes } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiInstance } from '../http/api.ts'
import { type Oidc, oidcCallbackPath } from './oidc.ts'
import { clientOf, oidcLimit } from './request-facts.ts'
import { oidcExchangeBody, presentSignIn, signInSchema } from './schema.ts'
import type { Identity } from './service.ts'

const tags = ['auth']

export interface OidcRoutesParts extends Pick<Identity, 'oidc' | 'settings'> {
  readonly publicUrl: string
}

export function oidcRoutes({ oidc, settings, publicUrl }: OidcRoutesParts) {
  const config = { access: 'public', limit: oidcLimit(settings) } as const
  const page = (fragment: string) => `${publicUrl}/sign-in#${fragment}`
  const cookie = browserCookie(publicUrl.startsWith('https:'))

  return (app: ApiInstance): void => {
    app.get(
      '/auth/oidc/start',
      {
        config: { ...config, produces: 'redirect' },
        schema: {
          tags,
          summary: 'Sign in through the provider',
          description: 'A page to go to, not to fetch: it redirects. 404 when the server has no provider.',
        },
      },
      async (request, reply) => {
        const browser = cookie.read(request) ?? randomBytes(32).toString('base64url')
        const started = await configured(oidc).start(browser)
        cookie.write(reply, browser)
        return reply.redirect('url' in started ? started.url : page(`oidc_error=${started.error}`))
      },
    )

    app.get(
      '/auth/oidc/callback',
      {
        config: { ...config, produces: 'redirect' },
        schema: {
          tags,
          summary: 'Where the provider sends the browser',
          description: 'Redirects to `/sign-in#oidc=<code>`, or to `/sign-in#oidc_error=<code of an error>`.',
        },
      },
      async (request, reply) => {
        const query = request.url.split('?')[1] ?? ''
        const callback = new URL(`${publicUrl}${oidcCallbackPath}?${query}`)
        const result = await configured(oidc).finish(callback, cookie.read(request))
        return reply.redirect(page('code' in result ? `oidc=${result.code}` : `oidc_error=${result.error}`))
      },
    )

    app.post(
      '/auth/oidc/exchange',
      {
        config,
        schema: {
          tags,
          summary: 'Sign in with the code of the callback',
          description: 'From the browser in which the sign-in began; the code is good once, for a minute.',
          body: oidcExchangeBody,
          response: { 200: signInSchema },
        },
      },
      async (request, reply) => {
        const signedIn = await configured(oidc).exchange(request.body.code, cookie.read(request), clientOf(request))
        cookie.clear(reply)
        return presentSignIn(signedIn)
      },
    )
  }
}

function configured(oidc: Oidc | undefined): Oidc {
  if (oidc === undefined) throw new ParleyError('oidc_off')
  return oidc
}

/** What ties a sign-in to the browser in which it began. */
function browserCookie(isSecure: boolean) {
  const name = 'parley_oidc'
  const seconds = 660
  const write = (reply: FastifyReply, value: string, maxAge: number) => {
    const attributes = `Path=/api/auth/oidc; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
    void reply.header('set-cookie', `${name}=${value}; ${attributes}`)
  }
  return {
    read: (request: FastifyRequest) =>
      new RegExp(`(?:^|;\\s*)${name}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1],
    write: (reply: FastifyReply, value: string) => write(reply, value, seconds),
    clear: (reply: FastifyReply) => write(reply, '', 0),
  }
}
