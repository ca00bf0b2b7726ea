/** Groups of users: what their members may use, how much, and what it costs them, in the chat and with their keys. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const password = 'correct horse battery'

interface Person {
  readonly id: string
  readonly token: string
  readonly key: string
}

forEachDatabase('groups of users', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database, env: { UNPRICED_MODELS: 'serve' } })
  })
  after(() => server[Symbol.asyncDispose]())

  const send = (method: string, path: string, token: string, body?: object) =>
    fetchWhole(server.url + path, { method, headers: { authorization: `Bearer ${token}` }, ...(body && { body }) })

  const newGroup = (fields: object = {}) =>
    server.api<{ id: string }>('POST', '/admin/user-groups', { name: `group ${Math.random()}`, ...fields })

  async function newPerson(fields: object = {}): Promise<Person> {
    const email = `p${Math.random().toString(36).slice(2)}@example.com`
    const { id } = await server.api<{ id: string }>('POST', '/admin/users', { email, password, ...fields })
    const { json } = await fetchWhole(`${server.url}/api/auth/login`, { body: { email, password } })
    const { key } = await server.addKey({ user_id: id })
    return { id, key, token: (json as { data: { token: string } }).data.token }
  }

  const ask = async ({ key }: Pick<Person, 'key'>, model: string) => {
    const body = { model, max_tokens: 16, messages: [{ role: 'user', content: 'hello' }] }
    const { status, json } = await fetchWhole(`${server.url}/v1/messages`, { headers: { 'x-api-key': key }, body })
    return status === 200 ? 200 : `${status} ${(json as { error?: { code?: string } }).error?.code ?? ''}`.trim()
  }

  /** A message in a conversation of this model: the status, and what the reply says went wrong. */
  async function say({ token }: Person, modelId: string) {
    const made = await send('POST', '/api/conversations', token, { modelId })
    const { id } = (made.json as { data: { id: string } }).data
    return (await send('POST', `/api/conversations/${id}/messages`, token, { content: 'hello' })).status
  }

  describe('the models', () => {
    it('of a group are all that its members can ask for: by key, in the chat, in the lists', async () => {
      const { id } = await newGroup({ models: ['gpt-4', 'claude-3-*'] })
      const inside = await newPerson({ group_id: id })
      const outside = await newPerson()
      assert.equal(await ask(inside, 'gpt-4'), 200)
      assert.equal(await ask(inside, 'claude-3-opus'), 200)
      assert.match(String(await ask(inside, 'gpt-3.5-turbo')), /^403/)
      assert.equal(await ask(outside, 'gpt-3.5-turbo'), 200)
      assert.equal(await say(inside, 'gpt-4'), 201)
      assert.equal(await say(inside, 'gpt-3.5-turbo'), 403)

      const listed = async ({ key }: Person) => {
        const { json } = await fetchWhole(`${server.url}/v1/models`, {
          method: 'GET',
          headers: { authorization: `Bearer ${key}` },
        })
        return (json as { data: { id: string }[] }).data.map((model) => model.id)
      }
      assert.ok((await listed(inside)).every((model) => /^(gpt-4|claude-3-.*)$/.test(model)))
      assert.ok((await listed(outside)).includes('gpt-3.5-turbo'))
      const { json } = await send('GET', '/api/models', inside.token)
      assert.equal(
        (json as { data: { id: string }[] }).data.some((model) => model.id === 'gpt-3.5-turbo'),
        false,
      )
    })

    it('that everybody begins with give way to the first that the group has', async () => {
      const { id } = await newGroup({ models: ['gpt-4'] })
      const { token } = await newPerson({ group_id: id })
      const { json } = await send('POST', '/api/conversations', token, {})
      assert.equal((json as { data: { model: string } }).data.model, 'gpt-4')
    })

    it('hold at once when they change, and when somebody comes in or goes', async () => {
      const { id } = await newGroup({ models: ['gpt-4'] })
      const person = await newPerson()
      assert.equal(await ask(person, 'gpt-3.5-turbo'), 200)
      await server.api('PATCH', `/admin/users/${person.id}`, { group_id: id })
      assert.match(String(await ask(person, 'gpt-3.5-turbo')), /^403/)
      await server.api('PATCH', `/admin/user-groups/${id}`, { models: null })
      assert.equal(await ask(person, 'gpt-3.5-turbo'), 200)
      await server.api('PATCH', `/admin/user-groups/${id}`, { models: [] })
      assert.match(String(await ask(person, 'gpt-3.5-turbo')), /^403/)
      await server.api('PATCH', `/admin/users/${person.id}`, { group_id: null })
      assert.equal(await ask(person, 'gpt-3.5-turbo'), 200)
    })

    it('are explained', async () => {
      const { id } = await newGroup({ models: ['gpt-4'] })
      const { id: userId } = await newPerson({ group_id: id })
      const { id: keyId } = await server.addKey({ user_id: userId })
      const asked = { model: 'gpt-3.5-turbo', wire: 'anthropic', key_id: keyId }
      const { refusal } = await server.api<{ refusal: { code: string } | null }>('POST', '/admin/explain', asked)
      assert.equal(refusal?.code, 'model_forbidden')
    })

    it('of one’s own are not the group’s business', async () => {
      const { id } = await newGroup({ models: [] })
      const person = await newPerson({ group_id: id })
      const own = { name: 'Mine', provider: 'openai', apiUrl: 'https://api.example.com', apiKey: 'sk-1', modelId: 'm' }
      const made = await send('POST', '/api/models', person.token, own)
      const { json } = await send('GET', '/api/models', person.token)
      const { id: modelId } = (made.json as { data: { id: string } }).data
      assert.deepEqual(
        (json as { data: { id: string }[] }).data.map((model) => model.id),
        [modelId],
      )
      // It is let in; that nobody answers at this address is another matter.
      assert.notEqual(await say(person, modelId), 403)
    })
  })

  describe('the limits', () => {
    const addLimit = (kind: string, id: string, max: number, what = 'requests') =>
      server.api('POST', '/admin/limits', { subject_kind: kind, subject_id: id, what, per: 'day', max })

    it('of a group are for all members together', async () => {
      const { id } = await newGroup()
      const [one, other] = [await newPerson({ group_id: id }), await newPerson({ group_id: id })]
      const stranger = await newPerson()
      await addLimit('group', id, 2)
      assert.deepEqual([await ask(one, 'gpt-4'), await ask(other, 'gpt-4')], [200, 200])
      assert.match(String(await ask(one, 'gpt-4')), /^429/)
      assert.match(String(await ask(other, 'gpt-4')), /^429/)
      assert.equal(await ask(stranger, 'gpt-4'), 200)
    })

    it('of members are for each, unless one has a limit of their own', async () => {
      const { id } = await newGroup()
      const [one, other, favoured] = [
        await newPerson({ group_id: id }),
        await newPerson({ group_id: id }),
        await newPerson({ group_id: id }),
      ]
      await addLimit('member', id, 1)
      await addLimit('user', favoured.id, 2)
      assert.deepEqual([await ask(one, 'gpt-4'), await ask(other, 'gpt-4')], [200, 200])
      assert.match(String(await ask(one, 'gpt-4')), /^429/)
      assert.deepEqual([await ask(favoured, 'gpt-4'), await ask(favoured, 'gpt-4')], [200, 200])
      assert.match(String(await ask(favoured, 'gpt-4')), /^429/)
    })

    it('of a group that are forgotten begin with what its members have used', async () => {
      const { id } = await newGroup()
      const person = await newPerson({ group_id: id })
      await ask(person, 'gpt-4')
      await ask(person, 'gpt-4')
      await server.settledRecords()
      // The limit comes after the calls: nothing counted them for the group, the database knows.
      await addLimit('group', id, 2)
      assert.match(String(await ask(person, 'gpt-4')), /^429/)
    })

    it('go with the group, and its members are in none', async () => {
      const { id } = await newGroup({ models: [] })
      const person = await newPerson({ group_id: id })
      await addLimit('group', id, 0)
      await server.api('PUT', '/admin/multipliers', { subject_kind: 'group', subject_id: id, multiplier: 2 })
      await server.api('DELETE', `/admin/user-groups/${id}`)
      assert.equal(await ask(person, 'gpt-4'), 200)
      assert.equal((await server.api<{ group_id: string | null }>('GET', `/admin/users/${person.id}`)).group_id, null)
      const limits = await server.api<{ subject_id: string }[]>('GET', '/admin/limits')
      const multipliers = await server.api<{ subject_id: string }[]>('GET', '/admin/multipliers')
      assert.equal(
        [...limits, ...multipliers].some(({ subject_id }) => subject_id === id),
        false,
      )
    })
  })

  it('are charged by the group’s multiplier, unless the user or the key has one', async () => {
    await server.api('PUT', '/admin/models/gpt-4/price', { input: 1000, output: 1000 }).catch(() => undefined)
    const { id } = await newGroup()
    const [one, other] = [await newPerson({ group_id: id }), await newPerson({ group_id: id })]
    await server.api('PUT', '/admin/multipliers', { subject_kind: 'group', subject_id: id, multiplier: 3 })
    await server.api('PUT', '/admin/multipliers', { subject_kind: 'user', subject_id: other.id, multiplier: 2 })
    const { multipliers } = server.app.ledger
    assert.equal(multipliers.charge(100, { keyId: null, userId: one.id }), 300)
    assert.equal(multipliers.charge(100, { keyId: null, userId: other.id }), 200)
    assert.equal(multipliers.charge(100, { keyId: null, userId: null }), 100)
  })

  it('give those who come into them their quota', async () => {
    const { id } = await newGroup({ token_quota: 77 })
    const quotaOf = async (userId: string) =>
      (await server.api<{ token_quota: number }>('GET', `/admin/users/${userId}`)).token_quota
    const person = await newPerson({ group_id: id })
    assert.equal(await quotaOf(person.id), 77)
    const later = await newPerson()
    await server.api('PATCH', `/admin/users/${later.id}`, { group_id: id })
    assert.equal(await quotaOf(later.id), 77)
    await server.api('PATCH', `/admin/users/${later.id}`, { group_id: id, token_quota: 500 })
    await server.api('PATCH', `/admin/user-groups/${id}`, { token_quota: 10 })
    assert.equal(await quotaOf(later.id), 500)
  })

  it('are there once by name, and only those that are there can be joined', async () => {
    const { id } = await newGroup({ name: 'research' })
    const again = await send('POST', '/admin/user-groups', server.token, { name: 'research' })
    assert.equal(again.status, 400)
    const { id: other } = await newGroup({ name: 'sales' })
    assert.equal((await send('PATCH', `/admin/user-groups/${other}`, server.token, { name: 'research' })).status, 400)
    assert.equal((await send('PATCH', `/admin/user-groups/${id}`, server.token, { name: 'research' })).status, 200)
    const { id: userId } = await newPerson()
    assert.equal((await send('PATCH', `/admin/users/${userId}`, server.token, { group_id: 'none' })).status, 404)
  })
})
