/** Settings that are changed while the server runs: what wins, that it holds at once, on all nodes, and can be taken back. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

interface SettingState {
  readonly name: string
  readonly field: string | null
  readonly group: string
  readonly help: string
  readonly value: unknown
  readonly source: string
  readonly environment_value: unknown
  readonly stored_value: unknown
}

const jwtSecret = 'k7Rq2vXw9LmPz4Tn8BcYs6Hd3Gf5JaUe'
const env = {
  COMPLETION_RETRIES: '4',
  JWT_SECRET: jwtSecret,
  KEY_PEPPER: 'wQ8nT4vB1zX6mK9pL3sD7fG2hJ5cRyUe',
  ENCRYPTION_KEY: 'Zx3Cv6Bn9Ml2Kj5Hg8Fd1Sa4Qw7Er0Ty',
  SMTP_URL: 'smtp://me:hidden@mail.test',
  MAIL_FROM: 'me@parley.test',
}
const redis = process.env['TEST_REDIS_URL']

forEachDatabase('the operator’s settings', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database, env })
  })
  after(() => server[Symbol.asyncDispose]())

  const send = (method: string, path: string, { body, headers }: { body?: object; headers?: object } = {}) =>
    fetchWhole(server.url + path, {
      method,
      headers: { authorization: `Bearer ${server.token}`, ...headers },
      ...(body && { body }),
    })
  const change = (settings: object) => server.api('PUT', '/admin/settings', settings)
  const takeBack = (...fields: string[]) =>
    Promise.all(fields.map((field) => server.api('DELETE', `/admin/settings/${field}`)))

  async function stateOf(name: string, of = server) {
    const states = await of.api<SettingState[]>('GET', '/admin/settings/all')
    const state = states.find((one) => one.name === name)
    assert.ok(state, `there is no ${name}`)
    const { value, source, environment_value: environment, stored_value: stored } = state
    return { value, source, environment, stored }
  }

  it('say of each value who said it: what is stored wins over the environment, and that over the default', async () => {
    const said = { value: 4, source: 'environment', environment: '4', stored: null }
    assert.deepEqual(await stateOf('COMPLETION_RETRIES'), said)
    await change({ completion_retries: 1 })
    assert.deepEqual(await stateOf('COMPLETION_RETRIES'), { ...said, value: 1, source: 'stored', stored: 1 })
    await takeBack('completion_retries')
    assert.deepEqual(await stateOf('COMPLETION_RETRIES'), said)
    assert.equal((await stateOf('COMPLETION_TIMEOUT_MS')).source, 'default')
    assert.deepEqual(await stateOf('PORT'), { value: '0', source: 'environment', environment: '0', stored: null })
  })

  it('never show a secret', async () => {
    const { text } = await send('GET', '/admin/settings/all')
    for (const secret of [jwtSecret, env.KEY_PEPPER, env.ENCRYPTION_KEY, 'hidden', 'correct horse battery'])
      assert.ok(!text.includes(secret), secret)
    assert.match(text, /mail\.test/)
    assert.equal((await stateOf('JWT_SECRET')).value, '••••')
  })

  it('are shadowed only where somebody chose it: changing one stores that one', async () => {
    await change({ retention_days: 30 })
    assert.equal((await stateOf('retention_days')).source, 'stored')
    assert.equal((await stateOf('OPEN_REGISTRATION')).source, 'default')
    await takeBack('retention_days')
    assert.deepEqual(await stateOf('retention_days'), {
      value: null,
      source: 'default',
      environment: null,
      stored: null,
    })
  })

  it('hold at once: limits, models, upstreams, sign-ins', async () => {
    const { id } = await server.api<{ id: string }>('POST', '/api/conversations', {})
    const say = async () =>
      (await send('POST', `/api/conversations/${id}/messages`, { body: { content: 'hello' } })).status
    assert.equal(await say(), 201)
    await change({ chat_requests_per_minute: 1 })
    assert.equal(await say(), 429)
    await takeBack('chat_requests_per_minute')
    assert.equal(await say(), 201)

    await change({ default_model: 'gpt-4' })
    assert.equal((await server.api<{ model: string }>('POST', '/api/conversations', {})).model, 'gpt-4')
    assert.equal((await server.api<{ default_model: string }>('GET', '/api/settings/app')).default_model, 'gpt-4')

    await server.addAccount({
      name: 'a',
      kind: 'openai',
      api_key: 'k',
      base_url: 'http://127.0.0.1:9',
      models: ['odd'],
    })
    const { key } = await server.addKey()
    const body = { model: 'odd', messages: [{ role: 'user', content: 'x' }] }
    const ask = async () =>
      (await send('POST', '/v1/chat/completions', { body, headers: { authorization: `Bearer ${key}` } })).status
    assert.notEqual(await ask(), 403)
    await change({ unpriced_models: 'refuse' })
    assert.equal(await ask(), 403)

    await change({ sign_ins_per_minute: 1 })
    assert.equal((await send('POST', '/api/auth/login', { body: { email: 'a@b.test', password: 'x' } })).status, 429)
    await takeBack('default_model', 'unpriced_models', 'sign_ins_per_minute')
    assert.equal((await send('POST', '/api/auth/login', { body: { email: 'a@b.test', password: 'x' } })).status, 401)
  })

  it('are refused where they are none', async () => {
    const refused = async (body: object) => {
      const { status, json } = await send('PUT', '/admin/settings', { body })
      return [status, (json as { error: string }).error.split(':')[0]]
    }
    assert.deepEqual(await refused({ provider_max_attempts: 11 }), [400, 'provider_max_attempts'])
    assert.deepEqual(await refused({ allowed_email_domains: ['not a domain'] }), [400, 'allowed_email_domains.0'])
    assert.equal((await send('DELETE', '/admin/settings/port')).status, 404)
  })

  it('are read again after an update that knows other ones', async () => {
    await change({ completion_retries: 3 })
    const value_json = JSON.stringify({ completion_retries: 3, provider_max_attempts: 999, gone: true })
    await server.app.store.database.updateTable('setting').set({ value_json }).where('key', '=', 'system').execute()
    await change({ retention_days: 10 })
    assert.equal((await stateOf('COMPLETION_RETRIES')).value, 3)
    assert.equal((await stateOf('PROVIDER_MAX_ATTEMPTS')).source, 'default')
    await takeBack('completion_retries', 'retention_days')
  })

  it('leave a trace with the values before and after', async () => {
    await change({ completion_retries: 0 })
    await takeBack('completion_retries')
    const [reset, update] = await server.api<{ before: object; after: object }[]>('GET', '/admin/audit?limit=2')
    assert.deepEqual([update?.before, update?.after], [{ completion_retries: 4 }, { completion_retries: 0 }])
    assert.deepEqual([reset?.before, reset?.after], [{ completion_retries: 0 }, { completion_retries: 4 }])
  })

  it('speak the reader’s language', async () => {
    const { json } = await send('GET', '/admin/settings/all', { headers: { 'accept-language': 'zh-CN' } })
    for (const { name, help, group } of (json as { data: SettingState[] }).data) {
      assert.match(group, /\p{Script=Han}|OpenID/u, name)
      assert.match(help, /\p{Script=Han}/u, name)
    }
  })

  // A file is for one node.
  if (database.kind === 'sqlite') return
  const skip = redis === undefined && 'no Redis: TEST_REDIS_URL is not set'
  it('follow a change that was made on another node', { skip }, async () => {
    const shared = { ...env, REDIS_URL: redis ?? '' }
    await using one = await startServer({ database, env: shared })
    await using other = await startServer({ database, env: shared })
    await one.api('PUT', '/admin/settings', { completion_retries: 5 })
    // Told by a message, not by the look that each takes every half minute.
    const waitUntil = Date.now() + 10_000
    while ((await stateOf('COMPLETION_RETRIES', other)).value !== 5) assert.ok(Date.now() < waitUntil)
    await one.api('DELETE', '/admin/settings/completion_retries')
  })
})
