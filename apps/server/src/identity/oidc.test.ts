import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { generateSync } from 'otplib'
import { type IdentityServer, startIdentityServer } from './testing/identity-server.ts'
import { type OidcServer, oidcClient, startOidcServer } from './testing/oidc-server.ts'

const publicUrl = 'https://chat.example.com'
const password = 'correct horse 电池'
let people = 0
const fresh = () => `sso${++people}`

/** A browser: it keeps the cookie, and follows one redirect at a time. */
function createBrowser(server: IdentityServer) {
  let cookie = ''
  const get = async (path: string) => {
    const response = await server.fastify.inject({ method: 'GET', url: path, headers: { cookie } })
    const [set] = [response.headers['set-cookie']].flat()
    if (set !== undefined) cookie = set.split(';')[0] ?? ''
    return { status: response.statusCode, location: String(response.headers.location ?? ''), set }
  }
  return {
    get,
    /** Up to where the provider sends it back to, as a path. */
    async toProvider() {
      const { location } = await get('/api/auth/oidc/start')
      const sent = await fetchWhole(location)
      const back = new URL(String(sent.headers.location))
      assert.equal(back.origin + back.pathname, `${publicUrl}/api/auth/oidc/callback`)
      return back.pathname + back.search
    },
    /** The code or the error that the page is given. */
    async comeBack(callback: string) {
      const { location } = await get(callback)
      const { origin, pathname, search, hash } = new URL(location)
      assert.equal(origin + pathname + search, `${publicUrl}/sign-in`)
      const [name, value = ''] = hash.slice(1).split('=')
      return name === 'oidc' ? { code: value } : { error: value }
    },
    exchange: (code: string) => server.call('POST', '/api/auth/oidc/exchange', { body: { code }, headers: { cookie } }),
  }
}

forEachDatabase('signing in through a provider', (database) => {
  let provider: OidcServer
  let server: IdentityServer
  const environment = (extra = {}) => ({
    PUBLIC_URL: publicUrl,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: oidcClient.id,
    OIDC_CLIENT_SECRET: oidcClient.secret,
    OIDC_ALLOW_SIGN_UP: 'true',
    OIDC_LINK_BY_EMAIL: 'true',
    ...extra,
  })
  before(async () => {
    provider = await startOidcServer()
    server = await startIdentityServer(database, { environment: environment() })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    provider.behaviour = { subject: 'nobody' }
  })

  /** Signs in there as this person. */
  const as = (subject: string, claims = {}) => {
    provider.behaviour = { subject, claims: { email: `${subject}@example.com`, email_verified: true, ...claims } }
  }
  async function signIn(at = server) {
    const browser = createBrowser(at)
    const result = await browser.comeBack(await browser.toProvider())
    return 'code' in result ? (await browser.exchange(result.code)).body.data : result
  }
  const register = async (email: string) =>
    (await server.call('POST', '/api/auth/register', { body: { email, password } })).body.data
  const me = async (token: string) => (await server.call('GET', '/api/auth/me', { token })).body.data

  it('makes an account for somebody new, and finds it again', async () => {
    const subject = fresh()
    as(subject, { name: 'Ada L.' })
    const first = await signIn()
    const profile = await me(first.token)
    assert.deepEqual(
      [profile.email, profile.nickname, profile.role, profile.has_password],
      [`${subject}@example.com`, 'Ada L.', 'user', false],
    )
    as(subject, { email: 'another@example.com' })
    assert.equal((await signIn()).user.id, first.user.id)
  })

  it('asks with PKCE, state and nonce, and ties the sign-in to the browser by a cookie', async () => {
    as(fresh())
    const { location, set } = await createBrowser(server).get('/api/auth/oidc/start')
    const query = new URL(location).searchParams
    assert.equal(query.get('response_type'), 'code')
    assert.equal(query.get('code_challenge_method'), 'S256')
    assert.equal(query.get('scope'), 'openid email profile')
    for (const name of ['code_challenge', 'state', 'nonce']) assert.ok((query.get(name) ?? '').length >= 40, name)
    assert.match(set ?? '', /; Path=\/api\/auth\/oidc; .*HttpOnly; SameSite=Lax; Secure$/)
  })

  it('asks the provider for the email when the token has none', async () => {
    const subject = fresh()
    provider.behaviour = { subject, userInfo: { email: `${subject}@example.com`, email_verified: true } }
    assert.equal((await me((await signIn()).token)).email, `${subject}@example.com`)
  })

  it('makes one account for two tabs that come at once', async () => {
    as(fresh())
    const [one, two] = await Promise.all([signIn(), signIn()])
    assert.equal(one.user.id, two.user.id)
  })

  it('can be tested: where people are sent, or why they cannot be', async () => {
    assert.equal(await server.identity.oidc?.check(), `${provider.issuer}/authorize`)
    const gone = environment({ OIDC_ISSUER: 'http://127.0.0.1:9' })
    await using other = await startIdentityServer(database, { environment: gone })
    await assert.rejects(async () => await other.identity.oidc?.check())
  })

  it('lets in only people of the domains that are said, and lets them wait where that is said', async () => {
    const rules = { isRegistrationOpen: true, tokenQuota: 5, emailDomains: ['example.com'], needsApproval: true }
    const extend = async () => ({ rules: () => rules, api: () => [], admin: () => [] })
    await using strict = await startIdentityServer(database, { environment: environment(), extend })
    as(fresh(), { email: 'somebody@elsewhere.test' })
    assert.deepEqual(await signIn(strict), { error: 'email_domain_forbidden' })
    const name = fresh()
    as(name)
    const browser = createBrowser(strict)
    const result = await browser.comeBack(await browser.toProvider())
    assert.ok('code' in result)
    const refused = await browser.exchange(result.code)
    assert.deepEqual([refused.status, refused.body.code], [403, 'account_pending'])
    const { users } = await strict.identity.people.list({ q: name, page: 1, limit: 5 })
    assert.equal(users[0]?.isPending, true)
  })

  describe('gives the code', () => {
    it('to the browser that began, once', async () => {
      as(fresh())
      const browser = createBrowser(server)
      const { code = '' } = await browser.comeBack(await browser.toProvider())
      const stranger = createBrowser(server)
      await stranger.get('/api/auth/oidc/start')
      assert.equal((await stranger.exchange(code)).body.code, 'oidc_expired')
      assert.equal((await browser.exchange(code)).body.code, 'oidc_expired', 'a stranger used it up')

      const again = await browser.comeBack(await browser.toProvider())
      assert.ok('code' in again && again.code)
      assert.equal((await browser.exchange(again.code)).status, 200)
      assert.equal((await browser.exchange(again.code)).status, 401)
    })

    it('to nobody whom somebody else sent there', async () => {
      as(fresh())
      const attacker = createBrowser(server)
      const callback = await attacker.toProvider()
      const victim = createBrowser(server)
      assert.deepEqual(await victim.comeBack(callback), { error: 'oidc_expired' })
      await victim.get('/api/auth/oidc/start')
      assert.deepEqual(await victim.comeBack(callback), { error: 'oidc_expired' })
    })

    it('for a callback that comes once', async () => {
      as(fresh())
      const browser = createBrowser(server)
      const callback = await browser.toProvider()
      assert.ok('code' in (await browser.comeBack(callback)))
      assert.deepEqual(await browser.comeBack(callback), { error: 'oidc_expired' })
    })
  })

  describe('lets nobody in', () => {
    const bad: [why: string, change: object][] = [
      ['whose token another signed', { isForged: true }],
      ['whose token is of another sign-in', { claims: { nonce: 'another' } }],
      ['whose token is for another program', { claims: { aud: 'another' } }],
      ['whose token another provider gave', { claims: { iss: 'https://evil.example' } }],
    ]
    for (const [why, change] of bad) {
      it(why, async () => {
        provider.behaviour = { subject: fresh(), ...change }
        assert.deepEqual(await signIn(), { error: 'oidc_failed' })
      })
    }

    it('who said no there, or when it is down', async () => {
      provider.behaviour = { subject: fresh(), isDenied: true }
      assert.deepEqual(await signIn(), { error: 'oidc_denied' })
      const browser = createBrowser(server)
      const callback = await browser.toProvider()
      provider.behaviour = { subject: 'x', isDown: true }
      assert.deepEqual(await browser.comeBack(callback.replace('error=access_denied', 'code=x')), {
        error: 'oidc_failed',
      })
    })

    it('who is switched off here', async () => {
      as(fresh())
      const { user } = await signIn()
      await server.identity.people.administer(user.id, { isActive: false })
      const browser = createBrowser(server)
      const result = await browser.comeBack(await browser.toProvider())
      assert.equal((await browser.exchange(result.code ?? '')).body.code, 'account_disabled')
    })
  })

  describe('with an email that somebody here has', () => {
    it('is that person when the provider has verified it, and voids the password and sessions of before', async () => {
      const subject = fresh()
      const email = `${subject}@example.com`
      const before = await register(email)
      as(subject)
      const { user, token } = await signIn()
      assert.equal(user.id, before.user.id)
      assert.equal((await me(token)).has_password, false)
      assert.equal((await server.call('GET', '/api/auth/me', { token: before.token })).status, 401)
      assert.equal((await server.call('POST', '/api/auth/login', { body: { email, password } })).status, 401)
    })

    it('is nobody when it has not', async () => {
      for (const email_verified of [false, undefined]) {
        const subject = fresh()
        await register(`${subject}@example.com`)
        as(subject, { email_verified })
        assert.deepEqual(await signIn(), { error: 'oidc_email_taken' })
      }
    })

    it('is nobody without the setting', async () => {
      await using strict = await startIdentityServer(database, {
        environment: environment({ OIDC_LINK_BY_EMAIL: 'false' }),
      })
      const subject = fresh()
      await register(`${subject}@example.com`)
      as(subject)
      assert.deepEqual(await signIn(strict), { error: 'oidc_email_taken' })
    })
  })

  it('makes no account without the setting, for an unverified email, or for none', async () => {
    await using closed = await startIdentityServer(database, {
      environment: environment({ OIDC_ALLOW_SIGN_UP: 'false' }),
    })
    as(fresh())
    assert.deepEqual(await signIn(closed), { error: 'oidc_unknown' })
    as(fresh(), { email_verified: false })
    assert.deepEqual(await signIn(), { error: 'oidc_unknown' })
    provider.behaviour = { subject: fresh() }
    assert.deepEqual(await signIn(), { error: 'oidc_unknown' })
  })

  it('makes no account where the server is one person’s', async () => {
    await using single = await startIdentityServer(database, { environment: environment({ SINGLE_USER: 'true' }) })
    as(fresh())
    assert.deepEqual(await signIn(single), { error: 'single_user' })
  })

  it('takes a code of those who have an authenticator here, set up without a password', async () => {
    as(fresh())
    const { token } = await signIn()
    const post = (path: string, body: object) => server.call('POST', `/api/auth/mfa${path}`, { token, body })
    const { secret } = (await post('/setup', {})).body.data
    await post('/enable', { code: generateSync({ secret }) })
    const second = await signIn()
    assert.equal(second.mfa_required, true)
  })

  it('asks whoever has the email for no code of somebody who registered with it before', async () => {
    const name = fresh()
    const squatter = await register(`${name}@example.com`)
    const post = (path: string, body: object) =>
      server.call('POST', `/api/auth/mfa${path}`, { token: squatter.token, body })
    const { secret } = (await post('/setup', { password })).body.data
    assert.equal((await post('/enable', { code: generateSync({ secret }) })).status, 200)
    as(name)
    const signedIn = await signIn()
    assert.deepEqual([signedIn.mfa_required, signedIn.user?.id], [undefined, squatter.user.id])
  })

  it('says that there is none, where there is none', async () => {
    await using plain = await startIdentityServer(database)
    const { status, body } = await plain.call('GET', '/api/auth/oidc/start')
    assert.deepEqual([status, body.code], [404, 'oidc_off'])
  })
})
