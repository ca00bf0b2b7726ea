/** An OpenID Connect provider for tests: a real HTTP server with RS256 keys that signs in whoever it is told to. */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface OidcServer extends AsyncDisposable {
  readonly issuer: string
  /** Who signs in next, and how the provider misbehaves. */
  behaviour: OidcBehaviour
  /** Requests to the token endpoint. */
  readonly tokenRequests: URLSearchParams[]
}

export interface OidcBehaviour {
  readonly subject: string
  /** Of the id token. */
  readonly claims?: { readonly iss?: string; readonly aud?: string; readonly [name: string]: unknown }
  readonly userInfo?: { readonly [name: string]: unknown }
  readonly isDenied?: boolean
  /** Signs with a key that it does not publish. */
  readonly isForged?: boolean
  readonly isDown?: boolean
}

export const oidcClient = { id: 'parley', secret: 'the client’s secret' }

interface Grant {
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
  readonly behaviour: OidcBehaviour
}

interface Keys {
  readonly good: CryptoKey
  readonly forged: CryptoKey
  readonly published: object
}

export async function startOidcServer(): Promise<OidcServer> {
  const { publicKey, privateKey: good } = await generateKeyPair('RS256')
  const { privateKey: forged } = await generateKeyPair('RS256')
  const keys: Keys = {
    good,
    forged,
    published: { ...(await exportJWK(publicKey)), kid: '1', alg: 'RS256', use: 'sig' },
  }
  const grants = new Map<string, Grant>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: OidcServer = {
    issuer,
    behaviour: { subject: 'nobody' },
    tokenRequests: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return provider

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer)
    const { behaviour } = provider
    const json = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (behaviour.isDown) json({ error: 'down' }, 503)
    else if (url.pathname === '/.well-known/openid-configuration') json(metadataOf(issuer))
    else if (url.pathname === '/jwks') json({ keys: [keys.published] })
    else if (url.pathname === '/userinfo') json({ sub: behaviour.subject, ...behaviour.userInfo })
    else if (url.pathname === '/authorize') {
      const code = randomUUID()
      const query = url.searchParams
      const back = new URL(query.get('redirect_uri') ?? '')
      back.searchParams.set('state', query.get('state') ?? '')
      if (behaviour.isDenied) back.searchParams.set('error', 'access_denied')
      else back.searchParams.set('code', code)
      grants.set(code, {
        challenge: query.get('code_challenge') ?? '',
        nonce: query.get('nonce') ?? '',
        redirectUri: query.get('redirect_uri') ?? '',
        behaviour,
      })
      response.writeHead(302, { location: back.href }).end()
    } else if (url.pathname === '/token') {
      const form = new URLSearchParams(await text(request))
      provider.tokenRequests.push(form)
      const grant = grants.get(form.get('code') ?? '')
      grants.delete(form.get('code') ?? '')
      const isGood =
        grant !== undefined &&
        form.get('redirect_uri') === grant.redirectUri &&
        sha256(form.get('code_verifier') ?? '') === grant.challenge &&
        request.headers.authorization === basic(oidcClient)
      if (isGood) json(await tokensOf(grant, { issuer, keys }))
      else json({ error: 'invalid_grant' }, 400)
    } else json({}, 404)
  }
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
  }
}

async function tokensOf({ nonce, behaviour }: Grant, { issuer, keys }: { issuer: string; keys: Keys }) {
  const token = new SignJWT({ nonce, ...behaviour.claims })
    .setProtectedHeader({ alg: 'RS256', kid: '1' })
    .setSubject(behaviour.subject)
    .setIssuedAt()
    .setExpirationTime('5m')
  token.setIssuer(behaviour.claims?.iss ?? issuer)
  token.setAudience(behaviour.claims?.aud ?? oidcClient.id)
  const idToken = await token.sign(behaviour.isForged ? keys.forged : keys.good)
  return { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: idToken }
}

function sha256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** RFC 6749: both are encoded like a form before. */
function basic({ id, secret }: typeof oidcClient): string {
  const encoded = [id, secret].map((part) => new URLSearchParams({ '': part }).toString().slice(1)).join(':')
  return `Basic ${Buffer.from(encoded).toString('base64')}`
}
