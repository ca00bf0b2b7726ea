/**
 * An OpenID Connect provider: authorization code with PKCE, state and nonce.
 *
 * Guarantee: claims are given only from an id token whose signature, issuer, audience, time and nonce are right.
 */
import type * as OpenIdClient from 'openid-client'
import type { ClientAuth, Configuration } from 'openid-client'
import type { OidcSettings } from '../config/sign-in-settings.ts'

/** What a sign-in that is under way has to fit. */
export interface OidcChecks {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

/** Who signed in there. */
export interface OidcClaims {
  readonly issuer: string
  readonly subject: string
  readonly email: string | undefined
  /** Undefined: the provider does not say. */
  readonly isEmailVerified: boolean | undefined
  readonly name: string | undefined
}

export interface OidcProvider {
  /** Looks for it anew. Gives where people are sent; throws why it cannot be used. */
  check(): Promise<string>
  begin(): Promise<OidcChecks & { readonly url: string }>
  /** `callback` is where the provider sent the browser. Throws what went wrong. */
  finish(callback: URL, checks: OidcChecks): Promise<OidcClaims>
}

/** Metadata of a provider changes rarely, and its keys are looked for anew whenever one is not known. */
const rememberedMs = 3_600_000
const timeoutSeconds = 10
const clockToleranceSeconds = 30

type Library = typeof OpenIdClient

export function createOidcProvider(settings: OidcSettings, redirectUri: string, clock: () => number): OidcProvider {
  let known: { readonly since: number; readonly discovered: ReturnType<typeof discover> } | undefined

  function discovered(): ReturnType<typeof discover> {
    if (known !== undefined && clock() - known.since < rememberedMs) return known.discovered
    const asked = { since: clock(), discovered: discover(settings) }
    known = asked
    // One that failed is not remembered; whoever waits for it hears why.
    asked.discovered.catch(() => {
      if (known === asked) known = undefined
    })
    return asked.discovered
  }

  return {
    async check() {
      known = undefined
      const { configuration } = await discovered()
      const { authorization_endpoint: endpoint } = configuration.serverMetadata()
      if (endpoint === undefined) throw new Error('the provider names no authorization endpoint')
      return endpoint
    },

    async begin() {
      const { library, configuration } = await discovered()
      const checks = {
        state: library.randomState(),
        nonce: library.randomNonce(),
        codeVerifier: library.randomPKCECodeVerifier(),
      }
      const url = library.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await library.calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: 'S256',
      })
      return { ...checks, url: url.href }
    },

    async finish(callback, { state, nonce, codeVerifier }) {
      const { library, configuration } = await discovered()
      const tokens = await library.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('there is no id token')
      // Many providers tell the email only when asked for it.
      const hasMore = claims['email'] === undefined && configuration.serverMetadata().userinfo_endpoint !== undefined
      const more = hasMore ? await library.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {}
      return readClaims({ ...more, ...claims })
    },
  }
}

async function discover(settings: OidcSettings): Promise<{ library: Library; configuration: Configuration }> {
  const library = await import('openid-client')
  const { issuer, clientId, clientSecret } = settings
  const configuration = await library.discovery(
    new URL(issuer),
    clientId,
    { [library.clockTolerance]: clockToleranceSeconds },
    clientSecret === undefined ? library.None() : secretAs(clientSecret, library),
    {
      timeout: timeoutSeconds,
      execute: [
        library.enableNonRepudiationChecks,
        // Only where the operator has written http themselves.
        ...(issuer.startsWith('http:') ? [library.allowInsecureRequests] : []),
      ],
    },
  )
  return { library, configuration }
}

/** As the provider wants it; one that does not say wants it in the header (OpenID Connect Discovery, section 3). */
function secretAs(secret: string, { ClientSecretBasic, ClientSecretPost }: Library): ClientAuth {
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const authenticate = methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret)
    return authenticate(server, ...rest)
  }
}

function readClaims(claims: { readonly [name: string]: unknown }): OidcClaims {
  const text = (name: string) => {
    const value = claims[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const { email_verified: verified } = claims
  return {
    issuer: text('iss') ?? '',
    subject: text('sub') ?? '',
    email: text('email')?.trim().toLowerCase(),
    // Some write it as a text.
    isEmailVerified: verified === undefined ? undefined : verified === true || verified === 'true',
    name: text('name') ?? text('preferred_username'),
  }
}
