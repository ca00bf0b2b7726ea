/** The typed client against a real server. */
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { ApprovalRequired, type Client, createClient, ParleyApiError, type RunEvent, type Tokens } from '@parley/sdk'
import { startServer } from './harness.ts'
import { type DemoServer, startDemo } from './seeds-client.ts'

/** A way to the server whose connections break after so many bytes of answers, one after the other; then they hold. */
async function startBreakingWay(
  target: string,
  breaks: number[],
): Promise<AsyncDisposable & { url: string; cuts: () => number }> {
  const sockets = new Set<Socket>()
  let cuts = 0
  const way = createServer((client) => {
    const server = connect(Number(new URL(target).port), '127.0.0.1')
    let left = breaks.shift() ?? Number.POSITIVE_INFINITY
    for (const socket of [client, server]) sockets.add(socket.on('error', () => client.destroy()))
    client.pipe(server)
    server.on('data', (chunk) => {
      client.write(chunk.subarray(0, Math.max(0, left)))
      left -= chunk.length
      if (left > 0) return
      cuts++
      client.destroySoon()
      server.destroy()
    })
    server.on('close', () => client.destroySoon())
    client.on('close', () => server.destroy())
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  way.listen(0, '127.0.0.1', resolve)
  await promise
  return {
    url: `http://127.0.0.1:${(way.address() as { port: number }).port}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      const closed = Promise.withResolvers<void>()
      way.close(() => closed.resolve())
      await closed.promise
    },
  }
}

/** Each request a connection of its own, so that a break hits one of them. */
const fetchAlone: typeof fetch = (url, init) =>
  fetch(url, { ...init, headers: { ...(init?.headers as object), connection: 'close' } })

describe('the client', () => {
  let server: DemoServer
  let client: Client
  let tokens: Tokens | undefined

  before(async () => {
    server = await startDemo({ env: { SIMULATOR_DELAY_MS: '5' } })
    client = createClient({ baseUrl: server.url, onTokens: (next) => (tokens = next) })
    await client.signIn('test@test.com', '123456')
  })
  after(() => server[Symbol.asyncDispose]())

  it('says that an administrator has to let a new account in, and keeps no tokens that it did not get', async () => {
    await using strict = await startServer()
    const kept: (Tokens | undefined)[] = []
    const newcomer = createClient({ baseUrl: strict.url, onTokens: (next) => kept.push(next) })
    await strict.api('PUT', '/admin/settings', { registration_approval: true })
    const account = { email: 'waits@example.com', password: 'long enough words' }
    const refusal = await newcomer.register(account).catch((error: unknown) => error)
    assert.ok(refusal instanceof ApprovalRequired)
    assert.equal(refusal.user.email, account.email)
    assert.deepEqual(kept, [])
    await assert.rejects(newcomer.me(), { name: 'ParleyApiError', status: 401 })
    await strict.api('PUT', '/admin/settings', { registration_approval: false })
    assert.equal((await newcomer.register({ ...account, email: 'in@example.com' })).email, 'in@example.com')
    assert.equal(kept.length, 1)
  })

  it('sends files with a message', async () => {
    const text = new Blob(['what I wrote'], { type: 'text/plain' })
    const file = await client.upload(text, 'notes.txt')
    assert.partialDeepStrictEqual(file, { name: 'notes.txt', media_type: 'text/plain', size: 12 })
    assert.equal(await (await client.download(file.id)).text(), 'what I wrote')
    const { id } = await client.createConversation()
    for await (const event of client.send(id, 'read it', { attachments: [file.id] })) {
      if (event.type === 'userMessage')
        assert.deepEqual(
          event.data.attachments?.map(({ name }) => name),
          ['notes.txt'],
        )
    }
    const [message] = (await client.getConversation(id)).messages
    assert.deepEqual(
      message?.attachments.map((attachment) => attachment.id),
      [file.id],
    )
    await client.removeAttachment(file.id)
    await assert.rejects(client.download(file.id), { status: 404 })
  })

  it('knows who is signed in, and which models there are', async () => {
    assert.equal((await client.me()).username, 'testuser')
    assert.ok((await client.models()).some(({ id }) => id === 'gpt-4'))
  })

  it('makes, lists, changes and removes conversations', async () => {
    const { id } = await client.createConversation({ title: 'one', modelId: 'gpt-4' })
    assert.equal((await client.updateConversation(id, { title: 'two' })).title, 'two')
    const { items, total, page } = await client.listConversations({ limit: 1 })
    assert.deepEqual([items[0]?.id, page, total >= 1], [id, 1, true])
    assert.deepEqual((await client.getConversation(id)).messages, [])
    await client.removeConversation(id)
    await assert.rejects(client.getConversation(id), (error: unknown) => {
      assert.ok(error instanceof ParleyApiError)
      assert.deepEqual([error.status, error.code, typeof error.requestId], [404, 'not_found', 'string'])
      return true
    })
  })

  it('reads a reply as it is made, and once more afterwards', async () => {
    const { id } = await client.createConversation()
    const events: RunEvent[] = []
    for await (const event of client.send(id, '你好')) events.push(event)
    const whole = (await client.getConversation(id)).messages[1]?.content
    assert.equal(textOf(events), whole)
    const [first] = events
    assert.ok(first?.type === 'run')
    const again: RunEvent[] = []
    for await (const event of client.readRun(first.data.id)) again.push(event)
    assert.deepEqual(again, events)
  })

  it('asks several models the same, and reads each one’s reply', async () => {
    const { id } = await client.createConversation({ modelId: 'gpt-4' })
    let replyId = ''
    const events: RunEvent[] = []
    for await (const event of client.send(id, 'which is best?', { alsoModelIds: ['claude-3-opus', 'gpt-3.5-turbo'] })) {
      if (event.type === 'aiMessageStart') replyId = event.data.id
      events.push(event)
    }
    const replies = await client.alternatives(id, replyId)
    assert.deepEqual(
      replies.map(({ model }) => model),
      ['gpt-4', 'claude-3-opus', 'gpt-3.5-turbo'],
    )
    for (const { run_id: runId } of replies) {
      const read: RunEvent[] = []
      for await (const event of client.readRun(runId ?? '')) read.push(event)
      assert.equal(read.at(-1)?.type, 'done')
      const reply = (await client.alternatives(id, replyId)).find(({ run_id: run }) => run === runId)
      assert.equal(textOf(read), reply?.content)
    }
    assert.equal(textOf(events), replies[0]?.content)
    await assert.rejects(
      async () => {
        for await (const { type } of client.send(id, 'x', { alsoModelIds: ['no-such-model'] })) assert.fail(type)
      },
      { name: 'ParleyApiError', status: 400 },
    )
  })

  it('goes on where it was when the connection breaks, and gives no event twice', async () => {
    const { id } = await client.createConversation()
    await using way = await startBreakingWay(server.url, [3000, 900, 4000])
    const shaky = createClient({ baseUrl: way.url, fetch: fetchAlone, ...(tokens && { tokens }) })
    const events: RunEvent[] = []
    for await (const event of shaky.send(id, '你好，请介绍一下自己')) events.push(event)
    assert.ok(way.cuts() >= 2, `${way.cuts()} cuts`)
    assert.equal(textOf(events), (await client.getConversation(id)).messages[1]?.content)
    const numbers = events.map(({ number }) => number ?? 0)
    assert.deepEqual(numbers, Array.from(new Set(numbers)))
    assert.equal(events.at(-1)?.type, 'done')
  })

  it('gives a model’s error as an event, and stops a reply', async () => {
    const { id } = await client.createConversation()
    const types: string[] = []
    for await (const { type } of client.send(id, '/fail 500')) types.push(type)
    assert.equal(types.at(-1), 'error')
    let runId = ''
    for await (const event of client.send(id, '/long 5000')) {
      if (event.type === 'run') runId = event.data.id
      if (event.type === 'aiMessageChunk') await client.stopRun(runId)
    }
    assert.equal((await client.getConversation(id)).messages.at(-1)?.status, 'stopped')
  })

  it('renews its token once for all calls that wait, and says when it cannot', async () => {
    const email = 'renew@test.com'
    const seen: (Tokens | undefined)[] = []
    const asked: string[] = []
    const counting: typeof fetch = (url, init) => {
      asked.push(new Request(url).url)
      return fetch(url, init)
    }
    const first = createClient({ baseUrl: server.url, onTokens: (next) => seen.push(next) })
    await first.register({ email, password: '123456' })
    const [own] = seen
    const stale = createClient({
      baseUrl: server.url,
      fetch: counting,
      tokens: { token: 'expired', refresh_token: own?.refresh_token ?? '' },
      onTokens: (next) => seen.push(next),
    })
    const people = await Promise.all([stale.me(), stale.me(), stale.me()])
    assert.deepEqual(
      people.map((person) => person.email),
      [email, email, email],
    )
    assert.equal(asked.filter((url) => url.endsWith('/refresh')).length, 1)
    await stale.signOut()
    assert.equal(seen.at(-1), undefined)
    const gone = createClient({ baseUrl: server.url, tokens: { token: 'expired', refresh_token: 'nonsense' } })
    await assert.rejects(gone.me(), { name: 'ParleyApiError', status: 401 })
  })

  it('stays signed in when its token cannot be renewed just now', async () => {
    const seen: (Tokens | undefined)[] = []
    await createClient({ baseUrl: server.url, onTokens: (next) => seen.push(next) }).register({
      email: 'busy@test.com',
      password: '123456',
    })
    let refusals = 1
    const busy = createClient({
      baseUrl: server.url,
      tokens: { token: 'expired', refresh_token: seen[0]?.refresh_token ?? '' },
      onTokens: (next) => seen.push(next),
      fetch: async (url, init) =>
        new Request(url).url.endsWith('/refresh') && refusals-- > 0
          ? Response.json({ error: 'Too many requests', code: 'rate_limited' }, { status: 429 })
          : await fetch(url, init),
    })
    await assert.rejects(busy.me(), { name: 'ParleyApiError', status: 429, code: 'rate_limited' })
    assert.equal((await busy.me()).email, 'busy@test.com')
    assert.equal(seen.length, 2)
    assert.ok(!seen.includes(undefined))
  })
})

function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'aiMessageChunk' ? event.data.content : '')).join('')
}
