import assert from 'node:assert/strict'
import { after, before, it, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { ImportReport } from './import.ts'
import { jsonElements, JsonTextError } from './json-elements.ts'

async function elementsOf(text: string, size: number): Promise<unknown[]> {
  const bytes = Buffer.from(text)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const elements: unknown[] = []
  for await (const element of jsonElements(chunks())) elements.push(JSON.parse(element))
  return elements
}

test('elements of an array are cut out wherever its bytes are cut', async () => {
  const elements = [{ a: '[{"\\' }, { b: { c: [1, { d: '中文😀}' }] } }, [{ e: 1 }], {}]
  for (const text of [JSON.stringify(elements), `\ufeff ${JSON.stringify(elements, null, 2)}\n`]) {
    for (const size of [1, 2, 3, 7, 1_000]) assert.deepEqual(await elementsOf(text, size), elements)
  }
  assert.deepEqual(await elementsOf('{"x": [{"y": 1}]}', 3), [{ x: [{ y: 1 }] }])
  assert.deepEqual(await elementsOf('[]', 1), [])
  for (const broken of ['', '[{"a":1}', '[{"a":"', 'hello', ']', '{"a":1}}']) {
    await assert.rejects(elementsOf(broken, 2), JsonTextError, broken)
  }
})

const chatGpt = {
  title: 'From ChatGPT',
  create_time: 1_700_000_000.5,
  update_time: 1_700_000_100,
  conversation_id: 'gpt-1',
  current_node: 'a2',
  mapping: {
    root: { id: 'root', message: null, parent: null, children: ['sys'] },
    sys: {
      message: { author: { role: 'system' }, content: { content_type: 'text', parts: [''] } },
      parent: 'root',
      children: ['u1'],
    },
    u1: {
      message: {
        author: { role: 'user' },
        create_time: 1_700_000_001,
        content: { content_type: 'text', parts: ['你好'] },
      },
      parent: 'sys',
    },
    a1: {
      message: {
        author: { role: 'assistant' },
        create_time: 1_700_000_002,
        content: { content_type: 'text', parts: ['first'] },
        metadata: { model_slug: 'gpt-4' },
      },
      parent: 'u1',
    },
    tool: { message: { author: { role: 'tool' }, content: { content_type: 'text', parts: ['x'] } }, parent: 'u1' },
    a2: {
      message: {
        author: { role: 'assistant' },
        create_time: 1_700_000_003,
        content: { content_type: 'multimodal_text', parts: ['second', { content_type: 'image_asset_pointer' }] },
      },
      parent: 'tool',
    },
  },
}
const claude = {
  uuid: 'claude-1',
  name: 'From Claude',
  created_at: '2024-01-02T03:04:05Z',
  updated_at: '2024-01-03T03:04:05Z',
  chat_messages: [
    {
      uuid: 'm1',
      sender: 'human',
      text: 'hi',
      content: [{ type: 'text', text: 'hi' }],
      created_at: '2024-01-02T03:04:06Z',
    },
    { uuid: 'm2', sender: 'assistant', text: 'hello', created_at: '2024-01-02T03:04:07Z' },
  ],
}
const openWebUi = {
  id: 'owui-1',
  title: 'From Open WebUI',
  pinned: true,
  meta: { tags: ['work', 'work'] },
  created_at: 1_700_000_000,
  chat: {
    models: ['gpt-4-turbo'],
    history: {
      currentId: 'y',
      messages: {
        x: { id: 'x', parentId: null, role: 'user', content: 'ask', timestamp: 1_700_000_000 },
        y: { id: 'y', parentId: 'x', role: 'assistant', content: 'told', model: 'm', timestamp: 1_700_000_001 },
        loop: { id: 'loop', parentId: 'loop', role: 'user', content: 'of itself' },
      },
    },
  },
}
const nextChat = {
  'chat-next-web-store': {
    sessions: [
      {
        id: 'next-1',
        topic: 'From NextChat',
        lastUpdate: 1_700_000_000_000,
        messages: [
          { id: 'n1', role: 'user', content: 'question', date: '2023/11/14 22:13:20' },
          { id: 'n2', role: 'assistant', content: [{ type: 'text', text: 'answer' }], date: '?', model: 'gpt-4' },
        ],
        mask: { modelConfig: { model: 'no-such-model' } },
      },
      { id: 'next-2', topic: 'Empty', messages: [] },
    ],
  },
}

interface Shown {
  readonly id: string
  readonly title: string
  readonly model: string
  readonly is_pinned: boolean
  readonly tags: readonly string[]
  readonly messages: readonly {
    readonly content: string
    readonly sibling_ids: readonly string[]
    readonly blocks: readonly object[] | null
  }[]
}

forEachDatabase('an import', (database) => {
  let harness: ChatHarness
  let server: ChatServer
  let userId: string

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  async function bring(file: string | object, query = ''): Promise<ImportReport> {
    const response = await fetch(`${server.url}/api/conversations/import${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${userId}`, 'content-type': 'application/json' },
      body: typeof file === 'string' ? file : JSON.stringify(file),
    })
    const { data } = (await response.json()) as { data: ImportReport }
    assert.equal(response.status, 200)
    return data
  }
  async function shown(title: string): Promise<Shown> {
    const list = await server.call('GET', '/api/conversations', { userId })
    const found = (list.json as { data: Shown[] }).data.find((each) => each.title === title)
    const whole = await server.call('GET', `/api/conversations/${found?.id}`, { userId })
    return (whole.json as { data: Shown }).data
  }
  const counts = ({ found, imported, duplicates, skipped }: ImportReport) => [found, imported, duplicates, skipped]
  const words = ({ messages }: Shown) => messages.map((message) => message.content)

  it('says first what it would do, then does it, and adds nothing when it comes again', async () => {
    userId = await harness.newUser()
    const file = [chatGpt, claude, openWebUi, { something: 'else' }]
    const tried = await bring(file, '?dry_run=true')
    assert.deepEqual([tried.dry_run, ...counts(tried)], [true, 3, 3, 0, 0])
    assert.deepEqual((await server.call('GET', '/api/conversations', { userId })).json, {
      success: true,
      data: [],
      pagination: { page: 1, limit: 200, total: 0 },
    })
    const done = await bring(file)
    assert.deepEqual([done.messages, ...counts(done)], [tried.messages, 3, 3, 0, 0])
    assert.match(done.problems[0]?.reason ?? '', /no known kind/)
    assert.deepEqual(counts(await bring(file)), [3, 0, 3, 0])
    userId = await harness.newUser()
    assert.deepEqual(counts(await bring([chatGpt])), [1, 1, 0, 0], 'what others have is no matter')
  })

  it('keeps branches, times, models and marks, and leaves out what nobody said', async () => {
    userId = await harness.newUser()
    await bring([chatGpt, claude, openWebUi])
    const gpt = await shown('From ChatGPT')
    assert.deepEqual(words(gpt), ['你好', 'second\n[image]'])
    assert.equal(gpt.messages[1]?.sibling_ids.length, 2)
    assert.deepEqual(words(await shown('From Claude')), ['hi', 'hello'])
    const web = await shown('From Open WebUI')
    assert.deepEqual([words(web), web.model, web.is_pinned, web.tags], [['ask', 'told'], 'gpt-4-turbo', true, ['work']])
    const found = await server.call('GET', '/api/search?q=%E4%BD%A0%E5%A5%BD', { userId })
    assert.equal((found.json as { data: { messages: object[] } }).data.messages.length, 1)
  })

  it('keeps what Claude thought, and what its tools said', async () => {
    userId = await harness.newUser()
    const content = [
      { type: 'thinking', thinking: 'where?' },
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', name: 'search', input: { query: 'otters' } },
      { type: 'tool_result', name: 'search', content: [{ type: 'text', text: 'none\u0000' }], is_error: true },
      { type: 'tool_use', id: 'second', name: 'fetch', input: {} },
      { type: 'tool_result', tool_use_id: 'second', content: 'rivers' },
      { type: 'unknown' },
    ]
    const reply = { uuid: 'm2', sender: 'assistant', content, created_at: '2024-01-02T03:04:07Z' }
    await bring([{ ...claude, chat_messages: [claude.chat_messages[0], reply] }])
    const { messages } = await shown('From Claude')
    assert.equal(messages[1]?.content, 'I look.')
    assert.deepEqual(messages[1]?.blocks, [
      { type: 'thinking', text: 'where?' },
      { type: 'text', text: 'I look.' },
      { type: 'tool-call', id: 'part 2', name: 'search', arguments: '{"query":"otters"}' },
      { type: 'tool-result', toolCallId: 'part 2', content: [{ type: 'text', text: 'none' }], isError: true },
      { type: 'tool-call', id: 'second', name: 'fetch', arguments: '{}' },
      { type: 'tool-result', toolCallId: 'second', content: [{ type: 'text', text: 'rivers' }] },
    ])
  })

  it('reads a backup of NextChat, and says what it left out', async () => {
    userId = await harness.newUser()
    const report = await bring(nextChat)
    assert.deepEqual(counts(report), [2, 1, 0, 1])
    assert.deepEqual(report.problems, [{ title: 'Empty', reason: 'it has no messages with text' }])
    const next = await shown('From NextChat')
    assert.deepEqual([words(next), next.model], [['question', 'answer'], 'gpt-3.5-turbo'])
  })

  it('of our own export is the same conversation for others, and nothing new for its owner', async () => {
    userId = await harness.newUser()
    const { id } = await harness.chat.conversations.create(userId, { title: 'Own' }, 'en')
    harness.engine.answerWith('reply')
    await server.call('POST', `/api/conversations/${id}/messages`, { userId, body: { content: 'said' } })
    const exported = (await server.call('GET', `/api/conversations/${id}/export`, { userId })).text
    assert.deepEqual(counts(await bring(exported)), [1, 0, 1, 0])
    userId = await harness.newUser()
    assert.deepEqual(counts(await bring(exported)), [1, 1, 0, 0])
    assert.deepEqual(words(await shown('Own')), ['said', 'reply'])
  })

  it('breaks off where a file becomes longer than it may be, keeping what came before', async () => {
    userId = await harness.newUser()
    const [first, second] = [claude, chatGpt].map((one) => Buffer.from(JSON.stringify(one)))
    const file = async function* () {
      for (const piece of ['[', first ?? '', ',', second ?? '', ']']) yield Buffer.from(piece)
    }
    const limits = { isDryRun: false, maxBytes: (first?.length ?? 0) + 10 }
    const report = await harness.chat.imports.read(userId, file(), limits)
    assert.deepEqual([report.is_complete, ...counts(report)], [false, 1, 1, 0, 0])
    assert.match(report.problems[0]?.reason ?? '', /more than \d+ MB/)
  })

  it('takes what is mad in a file for what is not there', async () => {
    userId = await harness.newUser()
    const mad = {
      created_at: 9e15,
      model_id: 'a\0b',
      sender_id: 'a\0b',
      end_reason: 'a\0b',
      input_tokens: 9e15,
      cost_usd: 1e40,
    }
    const own = (title: string, conversation: object, message: object) => ({
      format: 'parley-conversation',
      conversation: { id: `${title}\0`, title, ...conversation },
      messages: ['1', '2'].map((id) => ({ id: `${id}\0`, role: 'assistant', content: 'so\0', ...message })),
    })
    const deep = JSON.stringify(own('deep', {}, { blocks: [{ type: 'text', text: 'here' }] }))
    const file = [own('late', { created_at: '+200000-01-01T00:00:00Z' }, {}), own('mad', mad, mad)]
    const text = `${JSON.stringify(file).slice(0, -1)},${deep.replaceAll('"here"', '['.repeat(9_000) + ']'.repeat(9_000))}]`
    assert.deepEqual(counts(await bring(text)), [3, 3, 0, 0])
    for (const title of ['late', 'mad', 'deep']) assert.deepEqual(words(await shown(title)), ['so'])
    const { id } = await shown('mad')
    const usage = await server.call('GET', `/api/chat/usage?sessionId=${id}`, { userId })
    assert.equal(usage.status, 200, usage.text)
  })

  it('of a file that breaks off keeps what came before', async () => {
    userId = await harness.newUser()
    const whole = JSON.stringify([claude, chatGpt])
    const broken = await bring(whole.slice(0, -50))
    assert.deepEqual([broken.is_complete, ...counts(broken)], [false, 1, 1, 0, 0])
    const again = await bring(whole)
    assert.deepEqual([again.is_complete, ...counts(again)], [true, 2, 1, 1, 0])
    assert.equal((await bring('hello')).is_complete, false)
  })
})
