/** Who sends the same once more, when the log of its run is not kept any more, gets the reply that is kept. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { errorTable } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import type { FakeCall } from '../testing/fake-engine.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'

const never = new AbortController().signal

/** What a model may say and how it may end. */
const scripts: { readonly [name: string]: (call: FakeCall) => Promise<void> } = {
  words: async (call) => {
    await call.say('some words', { type: 'block-end', index: 0 }, { type: 'finish', reason: 'length' })
    call.finish()
  },
  'more than words': async (call) => {
    await call.say(
      { type: 'thinking', index: 0, text: 'let me see', signature: 's' },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'look: ' },
      { type: 'block-end', index: 1 },
      { type: 'image', index: 2, mediaType: 'image/png', data: 'AAAA' },
      { type: 'block-end', index: 2 },
      { type: 'tool-call-start', index: 3, id: 't', name: 'weather' },
      { type: 'tool-call-delta', index: 3, json: '{"in":"Ulm"}' },
      { type: 'block-end', index: 3 },
      { type: 'finish', reason: 'tool-calls' },
    )
    call.finish()
  },
  nothing: async (call) => {
    await call.say({ type: 'finish', reason: 'stop' })
    call.finish()
  },
  'words before it failed': async (call) => {
    await call.say('half')
    call.fail('unavailable', 'gone')
  },
}

forEachDatabase('a run whose log is not kept any more', (database) => {
  let harness: ChatHarness
  let server: ChatServer

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  const prune = async () => await harness.chat.logKeeping.deleteLogsBefore(Date.now() + 1_000)
  const countRuns = async () => (await harness.store.database.selectFrom('run').select('id').execute()).length

  /** Every door at which a client's id is known, and what it answers. */
  function doorsOf(conversationId: string) {
    const ours = { content: 'hi', client_message_id: 'c' }
    const session = { sessionId: conversationId, content: 'hi', clientMessageId: 'c' }
    const path = `/api/conversations/${conversationId}/messages`
    const whole = async (url: string, body: object) => {
      const { status, json } = await server.call('POST', url, { body })
      const { request_id: _, ...answer } = json as { request_id?: string }
      return { status, answer }
    }
    return {
      messages: async () => told(await server.events('POST', `${path}/stream`, { body: ours })),
      chat: async () => told(await server.events('POST', '/api/chat/stream', { body: session })),
      whole: async () => await whole(path, ours),
      completion: async () => await whole('/api/chat/completion', session),
    }
  }

  for (const [what, script] of Object.entries(scripts)) {
    it(`answers the same send at every door as before: ${what}`, async () => {
      const conversationId = await harness.newConversation()
      const { userId, engine, chat } = harness
      engine.script = script
      const sent = { userId, conversationId, content: 'hi', clientMessageId: 'c', language: 'en' as const }
      const { runId } = await chat.replies.send(sent)
      await chat.runs.ended(runId, never)
      const doors = Object.entries(doorsOf(conversationId))
      const before: unknown[] = []
      for (const [, answer] of doors) before.push(await answer())
      const [calls, runs] = [engine.calls.length, await countRuns()]
      assert.ok((await prune()) > 0)
      for (const [index, [door, answer]] of doors.entries()) assert.deepEqual(await answer(), before[index], door)
      assert.deepEqual([engine.calls.length, await countRuns()], [calls, runs])
      // Its numbers were those of the log.
      assert.equal((await server.call('GET', `/api/runs/${runId}/events?after=2`)).status, 404)
    })
  }

  it('that was stopped or interrupted is told as that', async () => {
    const { userId, engine, chat } = harness
    for (const how of ['stopped', 'interrupted'] as const) {
      const conversationId = await harness.newConversation()
      engine.script = undefined
      const node = how === 'stopped' ? harness : await harness.otherNode()
      const sent = { userId, conversationId, content: 'hi', clientMessageId: 'c', language: 'zh' as const }
      const { runId } = await node.chat.replies.send(sent)
      await (await node.engine.nextCall()).say('half')
      if (how === 'stopped') await chat.runs.stop(userId, runId)
      else await node.chat[Symbol.asyncDispose]()
      const { messages, chat: session, completion } = doorsOf(conversationId)
      const doors = [messages, session, completion]
      const before = [await messages(), await session(), await completion()]
      assert.ok((await prune()) > 0)
      for (const [index, answer] of doors.entries()) assert.deepEqual(await answer(), before[index], how)
      const { zh } = errorTable.reply_interrupted
      assert.equal(JSON.stringify(before[0]).includes(zh), how === 'interrupted')
    }
  })

  it('of a group tells what each of its bots has said', async () => {
    const { userId, engine, chat } = harness
    const { id } = await chat.groups.create(userId, { name: 'g', botIds: ['bot-cs', 'bot-tech'], replyMode: 'all' })
    engine.answerWith('said')
    const path = `/api/group-conversations/${id}/messages`
    const body = { content: 'hi', clientMessageId: 'c' }
    const first = told(await server.events('POST', `${path}/stream`, { body }))
    const whole = (await server.call('POST', path, { body })).json as { data: { botMessages: unknown[] } }
    await prune()
    assert.deepEqual(told(await server.events('POST', `${path}/stream`, { body })), first)
    const again = (await server.call('POST', path, { body })).json as typeof whole
    assert.deepEqual(again.data, whole.data)
    assert.equal(whole.data.botMessages.length, 2)
  })

  it('answers the same send when its conversation was deleted and restored', async () => {
    const conversationId = await harness.newConversation()
    const { userId, engine, chat } = harness
    engine.script = scripts['words']
    const sent = { userId, conversationId, content: 'hi', clientMessageId: 'c', language: 'en' as const }
    const { runId } = await chat.replies.send(sent)
    await chat.runs.ended(runId, never)
    const doors = Object.entries(doorsOf(conversationId))
    const before: unknown[] = []
    for (const [, answer] of doors) before.push(await answer())
    await chat.conversations.remove(userId, conversationId)
    await chat.undo.restoreConversation({ userId, conversationId, language: 'zh' })
    const calls = engine.calls.length
    for (const [index, [door, answer]] of doors.entries()) assert.deepEqual(await answer(), before[index], door)
    assert.equal(engine.calls.length, calls)
  })

  it('says nothing of a reply that was deleted', async () => {
    const conversationId = await harness.newConversation()
    const { userId, engine, chat } = harness
    engine.answerWith('said')
    const sent = { userId, conversationId, content: 'hi', clientMessageId: 'c', language: 'en' as const }
    const { runId, messageId } = await chat.replies.send(sent)
    await chat.runs.ended(runId, never)
    await chat.branches.remove({ userId, conversationId, messageId })
    await prune()
    const { messages } = doorsOf(conversationId)
    assert.deepEqual(
      (await messages()).map(({ type }) => type),
      ['run', 'userMessage', undefined],
    )
  })
})

interface Told {
  readonly type?: string
  readonly usage?: object
}

/** What a stream says, without its numbers and what was only counted or known while the model was asked. */
function told(events: readonly { event: string; data: string }[]): (Told & { event: string })[] {
  const said = events.map(({ event, data }) => ({ event, ...(JSON.parse(data) as Told) }))
  const isEstimate = ({ type }: Told, index: number) => type === 'usage' && said[index - 1]?.type === 'start'
  return said
    .filter((one, index) => !isEstimate(one, index))
    .map(({ usage, ...one }) =>
      usage === undefined ? one : { ...one, usage: { ...usage, context_limit: null, context_remaining: null } },
    )
}
