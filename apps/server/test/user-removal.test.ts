/** Deleting somebody: what ends at once, what becomes of what they have, and what stays. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const password = 'correct horse battery'

interface Person {
  readonly id: string
  readonly email: string
  readonly token: string
  readonly key: string
}

forEachDatabase('deleting a user', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database, env: { SIMULATOR_DELAY_MS: '2' } })
  })
  after(() => server[Symbol.asyncDispose]())

  const as = (token: string) => async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}` }
    const { status, json, text } = await fetchWhole(server.url + path, { method, headers, ...(body && { body }) })
    return { status, text, data: (json as { data: never } | undefined)?.data as never }
  }
  const admin = (method: string, path: string, body?: object) => as(server.token)(method, path, body)

  async function newPerson(fields: object = {}): Promise<Person> {
    const email = `p${Math.random().toString(36).slice(2)}@example.com`
    const { id } = await server.api<{ id: string }>('POST', '/admin/users', { email, password, ...fields })
    const { json } = await fetchWhole(`${server.url}/api/auth/login`, { body: { email, password } })
    const { key } = await server.addKey({ user_id: id, name: `key of ${email}` })
    return { id, email, key, token: (json as { data: { token: string } }).data.token }
  }

  /** A conversation in which the word is said, with a file; its id and the file's. */
  async function converse({ token }: Person, word: string) {
    const call = as(token)
    const { id } = (await call('POST', '/api/conversations', { title: 'private' })).data as { id: string }
    const upload = await fetch(`${server.url}/api/attachments?name=${word}.txt`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: `the file about ${word}`,
    })
    const { data } = (await upload.json()) as { data: { id: string } }
    const said = await call('POST', `/api/conversations/${id}/messages`, { content: word, attachments: [data.id] })
    assert.equal(said.status, 201, said.text)
    return { id, fileId: data.id }
  }

  const ask = async (key: string) => {
    const body = { model: 'gpt-4', max_tokens: 16, messages: [{ role: 'user', content: 'hello' }] }
    return (await fetchWhole(`${server.url}/v1/messages`, { headers: { 'x-api-key': key }, body })).status
  }

  it('takes everything of theirs away and leaves the bill', async () => {
    const person = await newPerson()
    const { id: conversationId } = await converse(person, 'zebra')
    await as(person.token)('POST', '/api/templates', { name: 'x', title: 'x', content: 'x' })
    await as(person.token)('PUT', '/api/settings/personal', { theme: 'dark' })
    const own = { name: 'Mine', provider: 'openai', apiUrl: 'https://api.example.com', apiKey: 'sk-1', modelId: 'm' }
    await as(person.token)('POST', '/api/models', own)
    const limit = { subject_kind: 'user', subject_id: person.id, what: 'requests', per: 'day', max: 99 }
    await server.api('POST', '/admin/limits', limit)
    assert.equal(await ask(person.key), 200)
    await server.settledRecords()
    const bill = `/admin/usage/records?user_id=${person.id}`
    const before = (await server.api<object[]>('GET', bill)).length
    assert.equal(before, 2)

    const removed = await admin('DELETE', `/admin/users/${person.id}?conversations=delete`)
    assert.deepEqual([removed.status, removed.data], [200, { conversations: 1, keys: 1 }])

    assert.equal((await as(person.token)('GET', '/api/auth/me')).status, 401)
    assert.equal(await ask(person.key), 401)
    const { status } = await fetchWhole(`${server.url}/api/auth/login`, { body: { email: person.email, password } })
    assert.equal(status, 401)
    assert.equal((await admin('GET', `/admin/users/${person.id}`)).status, 404)
    const { database: tables } = server.app.store
    for (const table of ['attachment', 'template', 'session', 'api_key', 'conversation'] as const) {
      const rows = await tables.selectFrom(table).select('user_id').where('user_id', '=', person.id).execute()
      assert.deepEqual(rows, [], table)
    }
    assert.equal((await admin('GET', `/api/conversations/${conversationId}`)).status, 404)
    assert.equal(server.app.catalog.listOwn(person.id).length, 0)
    assert.equal(
      server.app.ledger.rules.list().some(({ subjectId }) => subjectId === person.id),
      false,
    )
    const settings = await tables.selectFrom('setting').select('key').where('key', 'like', `%${person.id}`).execute()
    assert.deepEqual(settings, [])

    assert.equal((await server.api<object[]>('GET', bill)).length, before)
    const [entry] = await server.api<{ action: string; after: { email: string } }[]>('GET', '/admin/audit?limit=1')
    assert.deepEqual([entry?.action, entry?.after.email], ['user.delete', person.email])
    // The email is free again, for somebody who is nobody's heir.
    await server.api('POST', '/admin/users', { email: person.email, password })
  })

  it('is in the trail also when it was broken off', async () => {
    const person = await newPerson()
    const { database: tables } = server.app.store
    const { handover: chat } = server.app.chat
    const discard = chat.discard.bind(chat)
    Object.assign(chat, { discard: () => Promise.reject(new Error('the disk is full')) })
    try {
      await assert.rejects(server.api('DELETE', `/admin/users/${person.id}?conversations=delete`))
    } finally {
      Object.assign(chat, { discard })
    }
    const rows = await tables.selectFrom('audit').selectAll().where('target_id', '=', person.id).execute()
    const [entry] = rows.filter(({ action }) => action === 'user.delete')
    assert.equal((JSON.parse(entry?.detail_json ?? '{}') as { broken_off?: boolean }).broken_off, true)
  })

  it('gives their conversations, files and all, to somebody else, who finds what was said', async () => {
    const [person, heir] = [await newPerson(), await newPerson()]
    const { id, fileId } = await converse(person, 'giraffe')
    const { id: bot } = (await as(person.token)('POST', '/api/bots', { name: 'Helper' })).data as { id: string }
    const secret = await as(person.token)('POST', '/api/conversations', { title: 'gone', temporary: true })
    const { id: temporaryId } = secret.data as { id: string }
    await server.app.store.database
      .updateTable('conversation')
      .set({ is_temporary: 1 })
      .where('id', '=', temporaryId)
      .execute()
    const query = `conversations=transfer&transfer_to=${heir.id}`
    const removed = await admin('DELETE', `/admin/users/${person.id}?${query}`)
    assert.deepEqual(removed.data, { conversations: 1, keys: 1 })

    const theirs = as(heir.token)
    const { messages } = (await theirs('GET', `/api/conversations/${id}`)).data as {
      messages: { run_id: string | null }[]
    }
    assert.equal(messages.length, 2)
    assert.equal((await theirs('GET', `/api/attachments/${fileId}`)).status, 200)
    const found = await theirs('GET', '/api/search?q=giraffe')
    assert.ok(found.text.includes(id), found.text)
    assert.ok((await theirs('GET', '/api/bots')).text.includes(bot))
    assert.ok((await theirs('GET', '/api/sync')).text.includes(id))
    assert.equal((await theirs('GET', `/api/conversations/${temporaryId}`)).status, 404)
    // It goes on as if it had always been theirs.
    assert.equal((await theirs('POST', `/api/conversations/${id}/messages`, { content: 'go on' })).status, 201)
  })

  it('ends what they have running', async () => {
    const person = await newPerson()
    const { id } = (await as(person.token)('POST', '/api/conversations', {})).data as { id: string }
    const running = as(person.token)('POST', `/api/conversations/${id}/messages`, { content: '/slow' })
    const { database: tables } = server.app.store
    for (;;) {
      const rows = await tables.selectFrom('run').select('id').where('conversation_id', '=', id).execute()
      if (rows.length > 0) break
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal((await admin('DELETE', `/admin/users/${person.id}?conversations=delete`)).status, 200)
    await running
    assert.equal((await admin('GET', `/api/conversations/${id}`)).status, 404)
  })

  it('needs to be told what becomes of the conversations, and an heir who is there and somebody else', async () => {
    const { id } = await newPerson()
    const refused = async (query: string) => (await admin('DELETE', `/admin/users/${id}${query}`)).status
    assert.equal(await refused(''), 400)
    assert.equal(await refused('?conversations=transfer'), 400)
    assert.equal(await refused(`?conversations=transfer&transfer_to=${id}`), 400)
    assert.equal(await refused('?conversations=transfer&transfer_to=nobody'), 404)
    assert.equal((await admin('GET', `/admin/users/${id}`)).status, 200)
  })

  it('leaves the last administrator, with their sign-in', async () => {
    const { id } = (await admin('GET', '/api/auth/me')).data as { id: string }
    const { status } = await admin('DELETE', `/admin/users/${id}?conversations=delete`)
    assert.equal(status, 409)
    assert.equal((await admin('GET', '/api/auth/me')).status, 200)
  })

  it('does not bring a key back to life that an administrator restores', async () => {
    const person = await newPerson()
    await admin('DELETE', `/admin/users/${person.id}?conversations=delete`)
    const keys = await server.api<{ id: string; name: string }[]>('GET', '/admin/api-keys?state=deleted&limit=500')
    const theirs = keys.find(({ name }) => name === `key of ${person.email}`)
    assert.ok(theirs)
    await server.api('POST', `/admin/api-keys/${theirs.id}/restore`)
    assert.equal(await ask(person.key), 401)
  })
})
