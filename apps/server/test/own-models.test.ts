import assert from 'node:assert/strict'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { after, before, it } from 'node:test'
import { startServer, type TestServer } from './harness.ts'

interface Model {
  readonly id: string
  readonly name: string
  readonly apiUrl: string | null
  readonly apiKeyHint: string | null
  readonly isSystem: boolean
  readonly modelId: string
}

forEachDatabase('models that people configure', (database) => {
  let upstream: FakeUpstream
  let server: TestServer
  let tokens: { anna: string; ben: string }

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database, env: { ALLOW_PRIVATE_URLS: 'true', OPEN_REGISTRATION: 'true' } })
    tokens = { anna: await register('anna'), ben: await register('ben') }
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  async function register(name: string): Promise<string> {
    const body = { email: `${name}@example.com`, password: 'correct horse battery' }
    const { json } = await fetchWhole(`${server.url}/api/auth/register`, { body })
    return (json as { data: { token: string } }).data.token
  }
  const call = async (token: string, method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}` }
    return await fetchWhole(server.url + path, { method, headers, ...(body && { body }) })
  }
  const values = (fields: object = {}) => ({
    name: 'Mine',
    provider: 'DeepSeek',
    apiUrl: `${upstream.url}/v1/chat/completions`,
    apiKey: 'sk-secret-of-anna',
    modelId: 'deepseek-chat',
    contextLimit: 64_000,
    ...fields,
  })
  async function create(token = tokens.anna, fields: object = {}): Promise<Model> {
    const created = await call(token, 'POST', '/api/models', values(fields))
    assert.equal(created.status, 201, created.text)
    return (created.json as { data: Model }).data
  }
  const listed = async (token: string) =>
    ((await call(token, 'GET', '/api/models')).json as { data: Model[] }).data.map(({ id }) => id)
  async function say(token: string, modelId: string) {
    const conversation = await call(token, 'POST', '/api/conversations', { modelId })
    if (conversation.status !== 201) return conversation
    const { id } = (conversation.json as { data: { id: string } }).data
    return await call(token, 'POST', `/api/conversations/${id}/messages`, { content: 'hello' })
  }

  it('answer their owner through the engine, and are metered', async () => {
    upstream.always({ text: 'from my own model' })
    const model = await create()
    assert.deepEqual([model.isSystem, model.modelId], [false, 'deepseek-chat'])
    assert.ok((await listed(tokens.anna)).includes(model.id))
    const reply = await say(tokens.anna, model.id)
    assert.equal(reply.status, 201, reply.text)
    assert.match(reply.text, /from my own model/)
    const record = (await server.settledRecords()).find((row) => row.model === model.id)
    assert.deepEqual([record?.upstream_model, record?.status], ['deepseek-chat', 'settled'])
    assert.ok((record?.input_tokens ?? 0) > 0)
  })

  it('are refused by the names of their own fields', async () => {
    const { id } = await create()
    const attempts = [
      [{ apiKey: 'sk with spaces' }, 'apiKey'],
      [{ apiKey: 'sk-ключ' }, 'apiKey'],
      [{ apiUrl: 'https://somebody:secret@api.example.com' }, 'apiUrl'],
      [{ apiUrl: 'ftp://api.example.com' }, 'apiUrl'],
    ] as const
    for (const [fields, field] of attempts) {
      for (const answer of [
        await call(tokens.anna, 'POST', '/api/models', values(fields)),
        await call(tokens.anna, 'PUT', `/api/models/${id}`, fields),
      ]) {
        const { details } = answer.json as { details: { field?: string; fields?: { field: string }[] } }
        const named = details.field ?? details.fields?.[0]?.field
        assert.deepEqual([answer.status, named], [400, field], answer.text)
        assert.doesNotMatch(answer.text, /api_key|base_url/)
      }
    }
  })

  it('keep their key: it is stored encrypted and given to nobody', async () => {
    const model = await create()
    const answers = await Promise.all([
      call(tokens.anna, 'GET', `/api/models/${model.id}`),
      call(tokens.anna, 'PUT', `/api/models/${model.id}`, { name: 'Renamed' }),
      call(tokens.anna, 'GET', '/api/models'),
      call(server.token, 'GET', '/admin/accounts'),
    ])
    for (const { status, text } of answers) {
      assert.equal(status, 200)
      assert.doesNotMatch(text, /sk-secret-of-anna/)
    }
    const rows = await server.app.store.database.selectFrom('account').selectAll().execute()
    assert.doesNotMatch(JSON.stringify(rows), /sk-secret-of-anna/)
    assert.deepEqual((await call(tokens.anna, 'POST', `/api/models/${model.id}/test`)).status, 200)
  })

  it('are nobody else’s to see, choose, change or call', async () => {
    const model = await create()
    assert.ok(!(await listed(tokens.ben)).includes(model.id))
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '', { name: 'x' }],
      ['DELETE', '', undefined],
      ['POST', '/test', undefined],
    ] as const) {
      const answer = await call(tokens.ben, method, `/api/models/${model.id}${path}`, body)
      assert.equal(answer.status, 403, method)
    }
    assert.equal((await call(tokens.ben, 'GET', '/api/models/nothing')).status, 404)
    assert.equal((await say(tokens.ben, model.id)).status, 400)
    const key = (await server.addKey()).key
    const relayed = await fetchWhole(`${server.url}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${key}` },
      body: { model: model.id, messages: [{ role: 'user', content: 'x' }] },
    })
    assert.equal(relayed.status, 404)
    const offered = await fetchWhole(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
    assert.ok(!offered.text.includes(model.id))
  })

  it('can be changed, switched off and removed', async () => {
    const model = await create()
    const off = await call(tokens.anna, 'PUT', `/api/models/${model.id}`, { isActive: false, modelId: 'other' })
    assert.equal((off.json as { data: Model }).data.modelId, 'other')
    assert.equal((await say(tokens.anna, model.id)).status, 400)
    assert.equal((await call(tokens.anna, 'DELETE', `/api/models/${model.id}`)).status, 200)
    assert.equal((await call(tokens.anna, 'GET', `/api/models/${model.id}`)).status, 404)
  })

  it('speak as the provider does that they are changed to', async () => {
    upstream.always({ text: 'hello' })
    const model = await create()
    for (const [provider, wire] of [
      ['Anthropic', 'anthropic'],
      ['Google', 'gemini'],
      ['DeepSeek', 'openai-chat'],
    ]) {
      const changed = await call(tokens.anna, 'PUT', `/api/models/${model.id}`, { provider, apiUrl: upstream.url })
      assert.equal(changed.status, 200, changed.text)
      const reply = await say(tokens.anna, model.id)
      assert.equal(reply.status, 201, reply.text)
      assert.equal(upstream.served.at(-1)?.wire, wire)
    }
  })

  it('of an administrator speak as the provider does that the console says, and go with their account', async () => {
    upstream.always({ text: 'hello' })
    const made = await call(server.token, 'POST', '/api/models/system', values({ modelId: 'told-model' }))
    assert.equal(made.status, 201, made.text)
    const ofModel = () => server.app.upstreams.admin.list().filter(({ models }) => models?.['told-model'] !== undefined)
    const id = ofModel()[0]?.id ?? ''
    for (const [provider, wire] of [
      ['Anthropic', 'anthropic'],
      ['OpenAI', 'openai-chat'],
    ]) {
      const changed = await call(server.token, 'PATCH', '/admin/models/told-model', { provider })
      assert.equal(changed.status, 200, changed.text)
      const reply = await say(tokens.anna, 'told-model')
      assert.equal(reply.status, 201, reply.text)
      assert.equal(upstream.served.at(-1)?.wire, wire)
    }
    // What a form sends without a change leaves the account as an operator has made it since.
    await server.api('PATCH', `/admin/accounts/${id}`, { name: 'of the operator' })
    const { name } = await server.api<{ name: string }>('PATCH', '/admin/models/told-model', { sort_order: 7 })
    await server.api('PATCH', '/admin/models/told-model', { name, provider: 'OpenAI' })
    assert.equal(ofModel()[0]?.name, 'of the operator')
    await server.api('PATCH', '/admin/models/told-model', { name: 'Told' })
    assert.equal(ofModel()[0]?.name, 'Told')
    assert.equal((await call(server.token, 'DELETE', '/admin/models/told-model')).status, 200)
    assert.deepEqual(ofModel(), [])
  })

  it('can do what their owner says, or what their name does', async () => {
    const model = await create()
    type Abilities = { readonly inputs: string[]; readonly features: string[]; readonly has_own_abilities: boolean }
    const change = async (fields: object) =>
      ((await call(tokens.anna, 'PUT', `/api/models/${model.id}`, fields)).json as { data: Abilities }).data
    assert.equal((await change({})).has_own_abilities, false)
    const chosen = await change({ inputs: ['image'], features: ['thinking'] })
    assert.deepEqual([chosen.inputs, chosen.features, chosen.has_own_abilities], [['image'], ['thinking'], true])
    assert.equal((await change({ inputs: null, features: null })).has_own_abilities, false)
  })

  it('of an administrator are everybody’s', async () => {
    assert.equal((await call(tokens.anna, 'POST', '/api/models/system', values())).status, 403)
    const made = await call(server.token, 'POST', '/api/models/system', values({ modelId: 'team-model' }))
    assert.equal(made.status, 201, made.text)
    assert.equal(
      (await call(server.token, 'POST', '/api/models/system', values({ modelId: 'team-model' }))).status,
      400,
    )
    assert.ok((await listed(tokens.ben)).includes('team-model'))
    const seen = (await call(tokens.ben, 'GET', '/api/models/team-model')).json as { data: Model }
    assert.deepEqual([seen.data.isSystem, seen.data.apiUrl, seen.data.apiKeyHint], [true, null, null])
    upstream.always({ text: 'for the team' })
    assert.match((await say(tokens.ben, 'team-model')).text, /for the team/)
    assert.equal((await call(tokens.ben, 'PUT', '/api/models/team-model', { name: 'x' })).status, 403)
    assert.equal((await call(server.token, 'DELETE', '/api/models/team-model')).status, 200)
    assert.ok(!(await listed(tokens.ben)).includes('team-model'))
  })

  it('may not lead into the operator’s own network', async () => {
    await using strict = await startServer()
    const post = (path: string, apiUrl: string) =>
      fetchWhole(strict.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${strict.token}` },
        body: values({ apiUrl }),
      })
    for (const apiUrl of [
      'http://127.0.0.1:1',
      'http://[::1]/v1',
      'http://169.254.169.254',
      'http://localhost:11434/v1',
    ]) {
      const refused = await post('/api/models', apiUrl)
      assert.equal((refused.json as { code: string }).code, 'private_address', apiUrl)
    }
    assert.equal((await post('/api/models', 'file:///etc/passwd')).status, 400)
    // An administrator decides for everybody.
    assert.equal((await post('/api/models/system', 'http://127.0.0.1:1')).status, 201)
    // A name that leads somewhere else later gains nothing: the connection looks, too.
    const account = await strict.app.upstreams.admin.create({
      name: 'late',
      kind: 'openai',
      baseUrl: upstream.url,
      apiKey: 'x',
      ownerId: (await strict.api<{ id: string }>('GET', '/api/auth/me')).id,
      models: { late: 'late' },
    })
    const probe = await strict.app.upstreams.admin.test(account.id, 'late')
    assert.match(probe.error ?? '', /private/i)
  })
})
