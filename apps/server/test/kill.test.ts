import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { errorTable } from '@parley/contract'
import {
  compileCache,
  fetchWhole,
  freePort,
  parseSse,
  readSse,
  send,
  startFakeUpstream,
  tempFolder,
} from '@parley/testkit'

const main = path.join(import.meta.dirname, '../src/main.ts')
const administrator = { email: 'admin@example.com', password: 'correct horse battery' }
const streams = 25

/** Starts the server as a process of its own and waits until it answers. */
async function startProcess(port: number, dataDir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [main], {
    cwd: dataDir,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...compileCache,
      PORT: String(port),
      DATA_DIR: dataDir,
      ADMIN_EMAIL: administrator.email,
      ADMIN_PASSWORD: administrator.password,
      CHAT_REQUESTS_PER_MINUTE: '1000',
      SIMULATOR_DELAY_MS: '3',
    },
  })
  let said = ''
  for await (const chunk of child.stderr ?? assert.fail()) {
    said += String(chunk)
    if (said.includes('is ready')) break
  }
  assert.match(said, /is ready/)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

let child: ChildProcess
let upstream: Awaited<ReturnType<typeof startFakeUpstream>>
before(async () => {
  upstream = await startFakeUpstream()
})
after(async () => {
  await kill(child)
  await upstream.close()
})

test('kill -9 in the middle of 50 streams: no call is missing in the ledger, no word that was received is missing in the chat', async (t) => {
  const dataDir = tempFolder(t)
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  child = await startProcess(port, dataDir)

  const signIn = async () => {
    const reply = await fetchWhole(`${base}/api/auth/login`, { body: administrator })
    return (reply.json as { data: { token: string } }).data.token
  }
  let token = await signIn()
  const api = async <T>(method: string, url: string, body?: object): Promise<T> => {
    const reply = await fetchWhole(base + url, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body }),
    })
    assert.ok(reply.status < 300, `${method} ${url}: ${reply.status} ${reply.text}`)
    return (reply.json as { data: T }).data
  }
  await api('POST', '/admin/accounts', {
    name: 'a',
    kind: 'anthropic',
    base_url: upstream.url,
    api_key: 'x',
    models: ['claude-sonnet-4-5'],
  })
  const { key } = await api<{ key: string }>('POST', '/admin/api-keys', { name: 'k' })

  upstream.always({ words: 100_000, eventEveryMs: 5 })
  const relayed = Array.from({ length: streams }, async () => {
    const body = {
      model: 'claude-sonnet-4-5',
      max_tokens: 10,
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    }
    const response = await send(`${base}/v1/messages`, { body, headers: { 'x-api-key': key } })
    let events = 0
    await assert.rejects(async () => {
      for await (const _event of readSse(response)) events += 1
    })
    return events
  })

  const received = new Map<string, string>()
  const chats = Array.from({ length: streams }, async () => {
    const { id } = await api<{ id: string }>('POST', '/api/conversations', { title: 't' })
    received.set(id, '')
    const response = await send(`${base}/api/conversations/${id}/messages/stream`, {
      body: { content: '/long 100000' },
      headers: { authorization: `Bearer ${token}` },
    })
    await assert.rejects(async () => {
      for await (const { data } of readSse(response)) {
        const event = JSON.parse(data) as { type: string; data: { content: string } }
        if (event.type === 'aiMessageChunk') received.set(id, received.get(id) + event.data.content)
      }
    })
  })

  await upstream.waitFor(() => upstream.served.length === streams && upstream.served.every(({ events }) => events > 20))
  while ([...received.values()].some((text) => text.length < 50) || received.size < streams) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await kill(child)
  for (const events of await Promise.all(relayed)) assert.ok(events > 5)
  await Promise.all(chats)

  child = await startProcess(port, dataDir)
  token = await signIn()
  const records = await api<{ status: string; end_reason: string; input_tokens: number; wire: string }[]>(
    'GET',
    '/admin/usage/records?limit=500',
  )
  assert.equal(records.filter(({ wire }) => wire === 'anthropic').length, streams)
  assert.equal(records.filter(({ wire }) => wire === 'chat').length, streams)
  for (const record of records) {
    assert.deepEqual([record.status, record.end_reason], ['settled', 'interrupted'])
    assert.ok(record.input_tokens > 0)
  }
  for (const [id, text] of received) {
    const messages = await api<{ sender_type: string; content: string; status: string; run_id: string }[]>(
      'GET',
      `/api/conversations/${id}/messages`,
    )
    const reply = messages.find(({ sender_type }) => sender_type === 'bot') ?? assert.fail('the reply is gone')
    assert.ok(
      reply.content.startsWith(text),
      `${text.length} characters were received, ${reply.content.length} are kept`,
    )
    assert.equal(reply.status, 'interrupted')
    for (const format of ['messages', 'chat', 'anthropic']) {
      const events = await fetchWhole(`${base}/api/runs/${reply.run_id}/events?format=${format}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      const last = parseSse(events.body).at(-1)?.data ?? ''
      assert.match(last, /"type":"error"/, format)
      assert.ok(last.includes(errorTable.reply_interrupted.en), last)
    }
  }
})
