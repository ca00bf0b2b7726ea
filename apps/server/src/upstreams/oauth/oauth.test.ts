import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { forEachDatabase, startHttpProxy, type TestDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { createEncryption } from '../../config/encryption.ts'
import { createState } from '../../state/create-state.ts'
import type { Slot, Upstreams } from '../account.ts'
import type { AccountAdmin } from '../account-admin.ts'
import { createUpstreams } from '../create-upstreams.ts'
import type { UpstreamsOptions } from '../parts.ts'
import { resealAccounts } from '../reseal.ts'
import { failedAttempt } from '../testing/failed-attempt.ts'
import { openSurroundings, quiet, type Surroundings } from '../testing/surroundings.ts'
import type { OAuthSettings } from './oauth-settings.ts'

interface TokenCall {
  readonly headers: IncomingHttpHeaders
  readonly parameters: { readonly [name: string]: string }
}

/** A token endpoint that checks what the standard says it must. */
class AuthorizationServer {
  readonly calls: TokenCall[] = []
  #server: Server | undefined
  url = ''
  /** Set when a browser would have been sent to the authorize page. */
  challenge = ''
  expiresIn = 3600
  /** What it answers instead of tokens. */
  failure: { status: number; body: object } | undefined
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve()
  /** Refresh tokens: each is good for once. */
  readonly used = new Set<string>()

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = request.headers['content-type'] === 'application/json'
        const parameters = isJson
          ? (JSON.parse(text) as { [name: string]: string })
          : Object.fromEntries(new URLSearchParams(text))
        this.calls.push({ headers: request.headers, parameters })
        void this.gate.then(() => {
          const { status, body } = this.#answer(parameters)
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
        })
      })
    }).listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const { port } = this.#server.address() as { port: number }
    this.url = `http://127.0.0.1:${port}`
  }

  #answer(parameters: { readonly [name: string]: string }): { status: number; body: object } {
    if (this.failure) return this.failure
    const number = this.calls.length
    const tokens = { access_token: `access-${number}`, refresh_token: `refresh-${number}`, expires_in: this.expiresIn }
    if (parameters['grant_type'] === 'refresh_token') {
      const { refresh_token: used = '' } = parameters
      if (this.used.has(used)) return { status: 400, body: { error: 'invalid_grant' } }
      this.used.add(used)
      return { status: 200, body: tokens }
    }
    const computed = createHash('sha256')
      .update(parameters['code_verifier'] ?? '')
      .digest('base64url')
    const isProven = parameters['code'] === 'good-code' && computed === this.challenge
    if (!isProven) return { status: 400, body: { error: 'invalid_grant', error_description: 'bad code' } }
    return { status: 200, body: { ...tokens, scope: 'inference profile' } }
  }

  close(): void {
    this.#server?.closeAllConnections()
    this.#server?.close()
  }
}

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('OAuth', (database) => describe('accounts', () => declare(database)))

function declare(database: TestDatabase): void {
  let around: Surroundings
  let server: AuthorizationServer
  let upstreams: Upstreams & { readonly admin: AccountAdmin }

  const settings = (): OAuthSettings => ({
    authorizeUrl: `${server.url}/authorize?code=true`,
    tokenUrl: `${server.url}/token`,
    clientId: 'our-client',
    clientSecret: undefined,
    scopes: ['inference', 'profile'],
    redirectUri: 'https://example.com/callback',
    tokenFormat: 'form',
  })
  const open = (more: Partial<UpstreamsOptions> = {}) =>
    createUpstreams({
      ...around,
      config: { relay: { connectTimeoutMs: 1000 } as UpstreamsOptions['config']['relay'] },
      isActiveModel: () => false,
      oauth: { anthropic: settings() },
      ...more,
    })
  async function authorize(proxy: string | null = null): Promise<string> {
    const { id, url } = await upstreams.admin.authorizations.start('anthropic', proxy)
    server.challenge = new URL(url).searchParams.get('code_challenge') ?? ''
    return id
  }
  async function addAccount(): Promise<string> {
    const authorizationId = await authorize()
    await upstreams.admin.authorizations.exchange(authorizationId, 'good-code')
    const models = { m: 'm' }
    const account = await upstreams.admin.create({ name: 'o', kind: 'anthropic', models, authorizationId })
    return account.id
  }
  const acquire = (pool: Upstreams = upstreams): Promise<Slot | undefined> | Slot | undefined => {
    const [candidate] = pool.candidates('m')
    assert.ok(candidate)
    return pool.acquire(candidate)
  }

  before(async () => {
    around = await openSurroundings(database)
    server = new AuthorizationServer()
    await server.start()
    upstreams = await open()
  })
  beforeEach(async () => {
    for (const { id, kind } of upstreams.admin.list()) if (kind !== 'simulator') await upstreams.admin.remove(id)
    server.calls.length = 0
    server.used.clear()
    server.failure = undefined
    server.expiresIn = 3600
    server.gate = Promise.resolve()
  })
  after(async () => {
    await upstreams[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
    server.close()
  })

  test('start with an address for the browser: PKCE with S256, the operator’s client, scopes and redirect', async () => {
    const { id, url } = await upstreams.admin.authorizations.start('anthropic', null)
    const { searchParams, pathname } = new URL(url)
    const { code_challenge, ...rest } = Object.fromEntries(searchParams)
    assert.equal(pathname, '/authorize')
    assert.match(code_challenge ?? '', /^[\w-]{43}$/)
    assert.deepEqual(rest, {
      code: 'true',
      response_type: 'code',
      client_id: 'our-client',
      redirect_uri: 'https://example.com/callback',
      scope: 'inference profile',
      state: id,
      code_challenge_method: 'S256',
    })
  })

  test('exchange the code for tokens that are used and never shown', async () => {
    const id = await addAccount()
    const { parameters, headers } = server.calls[0] ?? assert.fail('no token request')
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
    assert.equal(parameters['redirect_uri'], 'https://example.com/callback')
    const slot = await acquire()
    assert.deepEqual(slot?.headers, { authorization: 'Bearer access-1' })
    const details = upstreams.admin.get(id)
    assert.deepEqual(details.oauth, { scopes: ['inference', 'profile'], expiresAt: around.clock() + 3_600_000 })
    const rows = await around.store.database.selectFrom('account').selectAll().execute()
    for (const text of [JSON.stringify(rows), JSON.stringify(details)]) assert.doesNotMatch(text, /access-1|refresh-1/)
  })

  for (const [what, paste] of [
    ['code#state', (id: string) => `good-code#${id}`],
    ['the whole address', (id: string) => ` https://example.com/callback?code=good-code&state=${id}\n`],
  ] as const) {
    test(`take ${what} as pasted`, async () => {
      const id = await authorize()
      assert.deepEqual((await upstreams.admin.authorizations.exchange(id, paste(id))).scopes, ['inference', 'profile'])
    })
  }

  test('refuse a code of another sign-in, a wrong code, and an unknown sign-in; the right code still works', async () => {
    const { authorizations } = upstreams.admin
    const id = await authorize()
    await assert.rejects(authorizations.exchange(id, 'good-code#other'), /code: belongs to another sign-in/)
    await assert.rejects(authorizations.exchange(id, 'bad-code'), /code: was refused: invalid_grant: bad code/)
    await assert.rejects(authorizations.exchange('nope', 'good-code'), /authorization_id: is not known/)
    await authorizations.exchange(id, 'good-code')
  })

  test('use a sign-in once, and only when its code has been exchanged', async () => {
    const authorizationId = await authorize()
    const account = { name: 'o', kind: 'anthropic', authorizationId } as const
    await assert.rejects(upstreams.admin.create(account), /exchange the code first/)
    await upstreams.admin.authorizations.exchange(authorizationId, 'good-code')
    await upstreams.admin.create(account)
    await assert.rejects(upstreams.admin.create(account), /authorization_id: is not known/)
  })

  test('go through the proxy of the account, exchange and refresh too', async () => {
    await using proxy = await startHttpProxy()
    const authorizationId = await authorize(proxy.url)
    await upstreams.admin.authorizations.exchange(authorizationId, 'good-code')
    assert.equal(proxy.tunnels.length, 1)
    const { id } = await upstreams.admin.create({ name: 'o', kind: 'anthropic', authorizationId })
    assert.equal(upstreams.admin.get(id).proxy, proxy.url)
    await upstreams.admin.refresh(id)
    assert.equal(proxy.tunnels.length, 2)
  })

  test('answer without a promise while the token is fresh', async () => {
    await addAccount()
    assert.ok(!(acquire() instanceof Promise))
    assert.equal(server.calls.length, 1)
  })

  test('refresh ahead of the end without anybody waiting', async () => {
    await addAccount()
    around.advance(3_600_000 - 30_000)
    const slot = acquire()
    assert.ok(!(slot instanceof Promise))
    assert.equal(slot?.headers['authorization'], 'Bearer access-1')
    while ((await acquire())?.headers['authorization'] !== 'Bearer access-2') await new Promise(setImmediate)
    assert.equal(server.calls[1]?.parameters['refresh_token'], 'refresh-1')
  })

  test('share one refresh among all callers of all nodes, which share nothing but the database', async () => {
    const id = await addAccount()
    await using state = await createState({ kind: 'memory' }, { log: quiet })
    // Of SQLite there is one node, with whatever was written there in one store.
    await using own = database.kind === 'postgres' ? await around.openAnother() : undefined
    const other = await open({ state, store: own ?? around.store })
    try {
      around.advance(3_600_000 - 5_000)
      const { promise, resolve } = Promise.withResolvers<void>()
      server.gate = promise
      const acquiring = Promise.all(
        Array.from({ length: 50 }, async (_, index) => await acquire(index % 2 === 0 ? upstreams : other)),
      )
      while (server.calls.length < 2) await new Promise(setImmediate)
      // Time for whoever would ask as well.
      await sleep(300)
      resolve()
      const slots = await acquiring
      assert.deepEqual([...new Set(slots.map((slot) => slot?.headers['authorization']))], ['Bearer access-2'])
      assert.equal(server.calls.length, 2)
      assert.deepEqual([upstreams.admin.get(id).state, other.admin.get(id).state], ['ready', 'ready'])
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  test('go on with another node when the one that refreshed is gone', async () => {
    const id = await addAccount()
    around.advance(3_600_000)
    const lost = { refreshing_by: 'gone', refreshing_until: around.clock() + 60_000 }
    await around.store.database.updateTable('account').set(lost).where('id', '=', id).execute()
    const acquiring = acquire()
    await sleep(300)
    assert.equal(server.calls.length, 1)
    around.advance(60_000)
    assert.equal((await acquiring)?.headers['authorization'], 'Bearer access-2')
    const row = await around.store.database.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()
    assert.deepEqual([row?.refreshing_by, row?.refreshing_until], [null, null])
  })

  test('wait for the refresh of another node, and begin one of their own when it fails', async () => {
    await addAccount()
    const other = await open()
    try {
      around.advance(3_600_000)
      const { promise, resolve } = Promise.withResolvers<void>()
      server.gate = promise
      server.failure = { status: 503, body: {} }
      const first = acquire(other)
      while (server.calls.length < 2) await new Promise(setImmediate)
      const second = acquire()
      resolve()
      assert.equal(await first, undefined)
      server.failure = undefined
      assert.equal((await second)?.headers['authorization'], 'Bearer access-3')
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  /** The new tokens of a refresh that has been asked for come, and the database cannot take them. */
  async function refreshWithoutDatabase(pool: typeof upstreams, id: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    server.gate = promise
    const refreshing = pool.admin.refresh(id)
    while (server.calls.length < 2) await new Promise(setImmediate)
    await sql`alter table account rename to account_away`.execute(around.store.database)
    resolve()
    await assert.rejects(refreshing)
    await sql`alter table account_away rename to account`.execute(around.store.database)
  }

  test('keep new tokens until they are stored: they are given once', async () => {
    const id = await addAccount()
    await refreshWithoutDatabase(upstreams, id)
    await upstreams.admin.refresh(id)
    assert.equal((await acquire())?.headers['authorization'], 'Bearer access-2')
    assert.equal(server.calls.length, 2)
  })

  test('store new tokens when the server stops, if they could not be before', async () => {
    const id = await addAccount()
    const stopping = await open()
    await refreshWithoutDatabase(stopping, id)
    await stopping[Symbol.asyncDispose]()
    const next = await open()
    assert.equal((await acquire(next))?.headers['authorization'], 'Bearer access-2')
    await next[Symbol.asyncDispose]()
  })

  test('let a refresh end before the server stops, and store what it brings', async () => {
    await addAccount()
    const stopping = await open()
    around.advance(3_600_000 - 30_000)
    const { promise, resolve } = Promise.withResolvers<void>()
    server.gate = promise
    await acquire(stopping)
    while (server.calls.length < 2) await new Promise(setImmediate)
    const stopped = stopping[Symbol.asyncDispose]()
    await sleep(100)
    resolve()
    await stopped
    const next = await open()
    assert.equal((await acquire(next))?.headers['authorization'], 'Bearer access-2')
    await next[Symbol.asyncDispose]()
  })

  test('stay in while their token is good, when it could not be refreshed ahead of its end', async () => {
    const id = await addAccount()
    const { promise: warned, resolve: warn } = Promise.withResolvers<void>()
    const patient = await open({ log: { ...quiet, warn } })
    try {
      around.advance(3_600_000 - 30_000)
      server.failure = { status: 503, body: {} }
      assert.ok(await acquire(patient))
      await warned
      assert.equal(patient.admin.get(id).state, 'ready')
      for (let call = 0; call < 5; call++) assert.ok(!(acquire(patient) instanceof Promise))
      assert.equal(server.calls.length, 2)
      around.advance(20_000)
      assert.equal(await acquire(patient), undefined)
      assert.equal(patient.admin.get(id).state, 'out')
    } finally {
      await patient[Symbol.asyncDispose]()
    }
  })

  test('go out with a reason when a person must sign in again, and come back when they did', async () => {
    const id = await addAccount()
    around.advance(3_600_000)
    server.failure = { status: 400, body: { error: 'invalid_grant' } }
    assert.equal(await acquire(), undefined)
    const { state, holds } = upstreams.admin.get(id)
    assert.equal(state, 'out')
    assert.deepEqual(holds, [
      { accountId: id, model: null, untilMs: Number.POSITIVE_INFINITY, reason: 'sign in again: invalid_grant' },
    ])
    server.failure = undefined
    const authorizationId = await authorize()
    await upstreams.admin.authorizations.exchange(authorizationId, 'good-code')
    assert.equal((await upstreams.admin.update(id, { authorizationId })).state, 'ready')
    assert.ok(await acquire())
  })

  test('are out for a moment only when the token endpoint fails', async () => {
    const id = await addAccount()
    around.advance(3_600_000)
    server.failure = { status: 503, body: {} }
    assert.equal(await acquire(), undefined)
    assert.match(upstreams.admin.get(id).holds[0]?.reason ?? '', /token not refreshed/)
    around.advance(15_000)
    assert.equal(upstreams.admin.get(id).state, 'ready')
  })

  test('get a new token when one is refused before its time, once', async () => {
    const id = await addAccount()
    const [candidate] = upstreams.candidates('m')
    assert.ok(candidate)
    const refused = failedAttempt({ status: 401, reason: 'expired' })
    upstreams.report(candidate, refused)
    assert.equal(upstreams.availability(candidate).isAvailable, false)
    while (!upstreams.availability(candidate).isAvailable) await new Promise(setImmediate)
    assert.equal((await acquire())?.headers['authorization'], 'Bearer access-2')
    upstreams.report(candidate, refused)
    await new Promise(setImmediate)
    assert.equal(server.calls.length, 2)
    assert.equal(upstreams.admin.get(id).state, 'out')
  })

  test('keep a sign-in that an admin made while a refresh was under way', async () => {
    const id = await addAccount()
    const { promise, resolve } = Promise.withResolvers<void>()
    server.gate = promise
    const refreshing = upstreams.admin.refresh(id)
    while (server.calls.length < 2) await new Promise(setImmediate)
    await upstreams.admin.update(id, { apiKey: 'sk-ant-typed-by-admin' })
    resolve()
    await refreshing
    assert.deepEqual((await acquire())?.headers, { 'x-api-key': 'sk-ant-typed-by-admin' })
  })

  test('keep new tokens when the encryption key is changed while a refresh is under way', async () => {
    const id = await addAccount()
    const [first, second] = [7, 9].map((number, index) => ({
      id: `k${index + 1}`,
      key: new Uint8Array(32).fill(number),
    }))
    assert.ok(first && second)
    const both = await open({ encryption: createEncryption({ encryptionKeys: [first, second] }) })
    const { promise, resolve } = Promise.withResolvers<void>()
    server.gate = promise
    const refreshing = both.admin.refresh(id)
    while (server.calls.length < 2) await new Promise(setImmediate)
    await resealAccounts(around.store, createEncryption({ encryptionKeys: [second, first] }))
    resolve()
    await refreshing
    assert.equal((await acquire(both))?.headers['authorization'], 'Bearer access-2')
    await both[Symbol.asyncDispose]()
  })

  test('can be set up for servers that take JSON', async () => {
    const json = await open({ oauth: { anthropic: { ...settings(), tokenFormat: 'json', clientSecret: 's3' } } })
    const { id, url } = await json.admin.authorizations.start('anthropic', null)
    server.challenge = new URL(url).searchParams.get('code_challenge') ?? ''
    await json.admin.authorizations.exchange(id, 'good-code')
    assert.equal(server.calls[0]?.headers['content-type'], 'application/json')
    assert.equal(server.calls[0]?.parameters['client_secret'], 's3')
    await json[Symbol.asyncDispose]()
  })

  test('refuse a proxy that is none before anything begins', async () => {
    await assert.rejects(upstreams.admin.authorizations.start('anthropic', 'nonsense'), /^ParleyError: proxy: /)
  })

  test('say which kind is not set up', async () => {
    await assert.rejects(upstreams.admin.authorizations.start('gemini', null), /kind: OAuth is not set up for gemini/)
  })
}
