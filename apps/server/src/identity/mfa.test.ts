import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClient, MfaRequired } from '@parley/sdk'
import { forEachDatabase } from '@parley/testkit'
import { generateSync } from 'otplib'
import { createEncryption } from '../config/encryption.ts'
import { resealAuthenticators } from './mfa-reseal.ts'
import { type IdentityServer, startIdentityServer } from './testing/identity-server.ts'
import { tryTotpStep } from './totp.ts'

const password = 'correct horse 电池'
const stepMs = 30_000
let emails = 0

describe('a one-time code', () => {
  // RFC 6238, appendix B, the last six digits of those for SHA-1.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  const vectors: [seconds: number, code: string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ]
  for (const [seconds, code] of vectors) {
    it(`is ${code} at ${seconds}, as the standard says`, () => {
      const step = Math.floor(seconds / 30)
      const at = (now: number, afterStep = 0) => tryTotpStep({ secret, code, now: now * 1000, afterStep })
      assert.equal(at(seconds), step)
      assert.equal(at(seconds + 30), step, 'a clock that is late')
      assert.equal(at(seconds - 30), step, 'a clock that is early')
      assert.equal(at(seconds + 61), undefined)
      assert.equal(at(seconds, step), undefined, 'used before')
    })
  }
})

forEachDatabase('two-step sign-in', (database) => {
  let server: IdentityServer
  let now: () => number
  before(async () => {
    server = await startIdentityServer(database, {
      extend: async ({ clock }) => {
        now = clock
        return { rules: () => ({ isRegistrationOpen: true, tokenQuota: 1 }), api: () => [], admin: () => [] }
      },
    })
  })
  after(() => server[Symbol.asyncDispose]())

  const codeOf = (secret: string) => generateSync({ secret, epoch: Math.floor(now() / 1000) })
  const post = (path: string, body: object, token?: string) =>
    server.call('POST', `/api/auth${path}`, { body, ...(token !== undefined && { token }) })

  async function person() {
    const email = `two${++emails}@example.com`
    const { body } = await post('/register', { email, password })
    return { email, token: body.data.token as string, id: body.data.user.id as string }
  }
  async function withMfa() {
    const who = await person()
    const { secret } = (await post('/mfa/setup', { password }, who.token)).body.data
    const { body } = await post('/mfa/enable', { code: codeOf(secret) }, who.token)
    server.pass(stepMs)
    return { ...who, secret: secret as string, recovery: body.data.recovery_codes as string[] }
  }
  const challengeOf = async (email: string) => (await post('/login', { email, password })).body.data.challenge

  it('begins with a secret that changes nothing until a code of it was given', async () => {
    const { email, token } = await person()
    const wrong = await post('/mfa/setup', { password: 'nonsense' }, token)
    assert.deepEqual([wrong.status, wrong.body.code], [400, 'wrong_password'])
    assert.equal((await post('/mfa/enable', { code: '123456' }, token)).body.code, 'mfa_not_set_up')
    const { secret, uri } = (await post('/mfa/setup', { password }, token)).body.data
    assert.equal(uri, `otpauth://totp/Parley:${encodeURIComponent(email)}?secret=${secret}&issuer=Parley`)
    assert.ok((await post('/login', { email, password })).body.data.token)
    assert.equal((await post('/mfa/enable', { code: '12' }, token)).body.code, 'mfa_code_wrong')

    const enabled = await post('/mfa/enable', { code: codeOf(secret) }, token)
    const codes: string[] = enabled.body.data.recovery_codes
    assert.equal(new Set(codes).size, 10)
    for (const code of codes) assert.match(code, /^([a-z2-7]{4}-){3}[a-z2-7]{4}$/)
    const status = (await server.call('GET', '/api/auth/mfa', { token })).body.data
    assert.deepEqual([status.is_enabled, status.recovery_codes_left], [true, 10])
    assert.equal((await post('/mfa/setup', { password }, token)).body.code, 'mfa_enabled')
  })

  it('keeps the secret sealed and the recovery codes hashed', async () => {
    const { secret, recovery } = await withMfa()
    const rows = [
      ...(await server.store.database.selectFrom('user_mfa').selectAll().execute()),
      ...(await server.store.database.selectFrom('recovery_code').selectAll().execute()),
    ]
    const text = JSON.stringify(rows)
    for (const told of [secret, ...recovery, ...recovery.map((code) => code.replaceAll('-', ''))])
      assert.ok(!text.includes(told))
  })

  it('takes the password and a code', async () => {
    const { email, secret } = await withMfa()
    const first = await post('/login', { email, password })
    assert.equal(first.status, 200)
    assert.deepEqual(Object.keys(first.body.data), ['mfa_required', 'challenge', 'expires_at'])
    const { challenge } = first.body.data
    assert.equal((await server.call('GET', '/api/auth/me', { token: challenge })).status, 401)
    const code = codeOf(secret)
    const signedIn = await post('/mfa/verify', { challenge, code: `${code.slice(0, 3)} ${code.slice(3)}` })
    assert.equal(signedIn.status, 200)
    const me = await server.call('GET', '/api/auth/me', { token: signedIn.body.data.token })
    assert.equal(me.body.data.email, email)
  })

  it('takes a code once, even when two use it at the same moment', async () => {
    const { email, secret } = await withMfa()
    const code = codeOf(secret)
    const challenges = [await challengeOf(email), await challengeOf(email), await challengeOf(email)]
    const answers = await Promise.all(challenges.map((challenge) => post('/mfa/verify', { challenge, code })))
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400, 400],
    )
    server.pass(stepMs)
    assert.equal((await post('/mfa/verify', { challenge: challenges[0], code })).body.code, 'mfa_code_wrong')
  })

  it('takes a recovery code once, however it is typed', async () => {
    const { email, token, recovery } = await withMfa()
    const [first = '', second = ''] = recovery
    const typed = ` ${first.toUpperCase().replaceAll('-', ' ')}`
    const verify = async (code: string) => post('/mfa/verify', { challenge: await challengeOf(email), code })
    assert.equal((await verify(typed)).status, 200)
    assert.equal((await verify(first)).body.code, 'mfa_code_wrong')
    assert.equal((await verify(second)).status, 200)
    assert.equal((await server.call('GET', '/api/auth/mfa', { token })).body.data.recovery_codes_left, 8)
    const another = await withMfa()
    assert.equal((await verify(another.recovery[0] ?? '')).body.code, 'mfa_code_wrong', 'somebody else’s')
  })

  it('has a challenge that ends, that nobody can make, and that is void when the password changes', async () => {
    const { email, token, secret } = await withMfa()
    const code = () => codeOf(secret)
    const old = await challengeOf(email)
    server.pass(5 * 60_000 + 1000)
    assert.deepEqual((await post('/mfa/verify', { challenge: old, code: code() })).body.code, 'mfa_challenge_expired')
    for (const challenge of ['nonsense', token])
      assert.equal((await post('/mfa/verify', { challenge, code: code() })).status, 401)
    const challenge = await challengeOf(email)
    const change = { currentPassword: password, newPassword: `${password}!` }
    assert.equal((await server.call('PUT', '/api/auth/password', { token, body: change })).status, 200)
    assert.equal((await post('/mfa/verify', { challenge, code: code() })).body.code, 'mfa_challenge_expired')
  })

  it('counts guesses for each person, wherever they come from', async () => {
    const { email, secret } = await withMfa()
    const challenge = await challengeOf(email)
    const statuses: number[] = []
    for (let guess = 0; guess < 12; guess++)
      statuses.push((await post('/mfa/verify', { challenge, code: '000000' })).status)
    assert.ok(statuses.includes(429))
    const right = await post('/mfa/verify', { challenge, code: codeOf(secret) })
    assert.equal(right.status, 429)
    assert.ok(Number(right.headers['retry-after']) > 0)
  })

  it('is switched off, and gets new recovery codes, with a code', async () => {
    const { email, token, secret, recovery } = await withMfa()
    assert.equal((await post('/mfa/disable', { code: '000000' }, token)).body.code, 'mfa_code_wrong')
    const renewed = (await post('/mfa/recovery-codes', { code: codeOf(secret) }, token)).body.data.recovery_codes
    assert.equal((await post('/mfa/disable', { code: recovery[0] ?? '' }, token)).body.code, 'mfa_code_wrong')
    assert.equal((await post('/mfa/disable', { code: renewed[0] }, token)).status, 200)
    assert.ok((await post('/login', { email, password })).body.data.token)
    assert.equal((await post('/mfa/disable', { code: renewed[1] }, token)).body.code, 'mfa_not_enabled')
  })

  it('signs out the other devices when that is asked for', async () => {
    const { email, token } = await person()
    const other = (await post('/login', { email, password })).body.data.token
    const { secret } = (await post('/mfa/setup', { password }, token)).body.data
    await post('/mfa/enable', { code: codeOf(secret), end_other_sessions: true }, token)
    assert.equal((await server.call('GET', '/api/auth/me', { token: other })).status, 401)
    assert.equal((await server.call('GET', '/api/auth/me', { token })).status, 200)
  })

  it('goes on when the encryption key was changed', async () => {
    const { email, secret } = await withMfa()
    const { encryptionKeys } = server.config.secrets
    const rotated = createEncryption({ encryptionKeys: [{ id: 'new', key: Buffer.alloc(32, 7) }, ...encryptionKeys] })
    assert.ok((await resealAuthenticators(server.store, rotated)) > 0)
    assert.equal(await resealAuthenticators(server.store, rotated), 0)
    const row = await server.store.database.selectFrom('user_mfa').select('secret_sealed').executeTakeFirstOrThrow()
    assert.ok(rotated.isCurrent(row.secret_sealed))
    // And back, for a server that does not know the new key.
    const back = createEncryption({ encryptionKeys: [...encryptionKeys, { id: 'new', key: Buffer.alloc(32, 7) }] })
    await resealAuthenticators(server.store, back)
    const answer = await post('/mfa/verify', { challenge: await challengeOf(email), code: codeOf(secret) })
    assert.equal(answer.status, 200)
  })

  it('works through the client', async () => {
    const { email, secret } = await withMfa()
    const baseUrl = await server.fastify.listen({ port: 0, host: '127.0.0.1' })
    const client = createClient({ baseUrl })
    const asked = await client.signIn(email, password).then(
      () => assert.fail('a code was not asked for'),
      (error: unknown) => error,
    )
    assert.ok(asked instanceof MfaRequired)
    await client.verifyMfa(asked.challenge, codeOf(secret))
    assert.equal((await client.me()).email, email)
  })
})
