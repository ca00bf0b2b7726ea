/** How a reply that was cut off ends for whoever reads it, in every dialect and at every door: never as if it were whole. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { errorTable } from '@parley/contract'
import { forEachDatabase, type ReceivedSseEvent } from '@parley/testkit'
import { tryLockConversation } from '../conversations/repository.ts'
import type { DialectName } from '../dialects/dialects.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import { runEventsAfter } from './repository.ts'
import type { LoggedEvent } from './run-event.ts'

const { reply_interrupted: interrupted, upstream_failed: failed } = errorTable
const zh = { 'accept-language': 'zh' }
const dialects: readonly DialectName[] = ['messages', 'chat', 'anthropic']

/** How something ends a reply of which so far has been said, and what is said of it. */
const cuts = {
  'its process is killed': { code: 'reply_interrupted', message: interrupted.zh },
  'its server stops': { code: 'reply_interrupted', message: interrupted.zh },
  'its upstream breaks off': { code: 'upstream_failed', message: failed.zh },
} as const
type Cut = keyof typeof cuts

forEachDatabase('a reply that is cut off', (database) => {
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

  /** A reply on another node, of which two words have been said. */
  async function begin(conversationId: string) {
    const { userId } = harness
    const node = await harness.otherNode()
    const sent = { userId, conversationId, content: 'hi', clientMessageId: 'c', language: 'zh' as const }
    const { runId, messageId } = await node.chat.replies.send(sent)
    const call = await node.engine.nextCall()
    await call.say('so ', 'far')
    await logOnce(runId, (log) => log.some(({ event }) => event.type === 'text' && event.text.endsWith('far')))
    const cut = async (how: Cut) => {
      if (how === 'its process is killed') await harness.chat.recoverRuns([node.nodeId])
      else if (how === 'its upstream breaks off') call.fail('unavailable', 'The connection broke.')
      else {
        await node.chat.drain(5)
        await node.chat[Symbol.asyncDispose]()
      }
      await harness.chat.runs.ended(runId, AbortSignal.timeout(5_000))
    }
    return { runId, messageId, cut }
  }

  const logOf = async (runId: string) => await runEventsAfter({ runId, after: 0, limit: 100 }, harness.store.database)

  async function logOnce(runId: string, holds: (log: readonly LoggedEvent[]) => boolean): Promise<LoggedEvent[]> {
    for (;;) {
      const log = await logOf(runId)
      if (holds(log)) return log
      await nextTurn()
    }
  }

  const eventsOf = async (runId: string, format: DialectName, lastId?: string) =>
    await server.events('GET', `/api/runs/${runId}/events?format=${format}`, {
      ...(lastId !== undefined && { headers: { 'last-event-id': lastId } }),
    })

  for (const [how, error] of Object.entries(cuts) as [Cut, { code: string; message: string }][]) {
    it(`when ${how}: says so in every dialect, to who is there, who comes later and who comes back`, async () => {
      const { runId, messageId, cut } = await begin(await harness.newConversation())
      const live = dialects.map(async (dialect) => await eventsOf(runId, dialect))
      await cut(how)
      for (const [index, dialect] of dialects.entries()) {
        const late = await eventsOf(runId, dialect)
        assert.deepEqual(await live[index], late, dialect)
        assertCut(dialect, late, { messageId, ...error })
        assert.equal(late.map(textOf).join(''), 'so far', dialect)
        const lastSaid = late.findLastIndex((event) => textOf(event) !== '')
        const back = await eventsOf(runId, dialect, late[lastSaid]?.id)
        assert.deepEqual(back, late.slice(lastSaid + 1), dialect)
        assertCut(dialect, back, { messageId, ...error })
      }
    })

    it(`when ${how}: keeps its text, and who sends it again is told what happened`, async () => {
      const conversationId = await harness.newConversation()
      const { runId, messageId, cut } = await begin(conversationId)
      await cut(how)
      const status = how === 'its upstream breaks off' ? 'failed' : 'interrupted'
      const kept = { content: 'so far', status, ai_error: 1, error_message: error.message }
      assert.partialDeepStrictEqual(await harness.chat.messages.get(messageId), kept)
      const run = await server.call('GET', `/api/runs/${runId}`)
      assert.partialDeepStrictEqual(run.json, { data: { status, error_message: error.message } })

      const whole = await server.call('POST', `/api/conversations/${conversationId}/messages`, {
        body: { content: 'hi', client_message_id: 'c' },
        headers: zh,
      })
      assert.equal(whole.status, 202)
      assert.partialDeepStrictEqual(whole.json, { data: { aiMessage: kept, run_id: runId, error: error.message } })
      const body = { sessionId: conversationId, content: 'hi', clientMessageId: 'c' }
      const completion = await server.call('POST', '/api/chat/completion', { body, headers: zh })
      assert.equal(completion.status, status === 'failed' ? failed.status : interrupted.status)
      assert.partialDeepStrictEqual(completion.json, { error: error.message, code: error.code })
      const streamed = await server.events('POST', '/api/chat/stream', { body })
      assertCut('chat', streamed, { messageId, ...error })
    })
  }

  it('is said to be so too where its log, of an older version, does not say why', async () => {
    const { runId, messageId, cut } = await begin(await harness.newConversation())
    await cut('its process is killed')
    const { database } = harness.store
    const { seq } =
      (await logOf(runId)).find(({ event }) => event.type === 'message-end') ?? assert.fail('it has not ended')
    const payload = JSON.stringify({ type: 'message-end', messageId, status: 'interrupted' })
    await database.deleteFrom('run_event').where('run_id', '=', runId).where('seq', '=', seq).execute()
    await database.insertInto('run_event').values({ run_id: runId, seq, payload_json: payload }).execute()
    for (const dialect of dialects) {
      const late = await eventsOf(runId, dialect)
      assertCut(dialect, late, { messageId, code: 'reply_interrupted', message: interrupted.en })
      assert.equal(late.map(textOf).join(''), 'so far', dialect)
    }
  })

  it('of a group, between two of its bots, does not end as if the second one had spoken', async () => {
    const { chat, userId, store } = harness
    const { id } = await chat.groups.create(userId, { name: 'g', botIds: ['bot-cs', 'bot-tech'], replyMode: 'all' })
    const node = await harness.otherNode()
    const sent = { userId, conversationId: id, content: 'hi', clientMessageId: 'c', language: 'zh' as const }
    const { runId } = await node.chat.replies.send(sent)
    const first = await node.engine.nextCall()
    await first.say('said')
    first.finish()
    await node.engine.nextCall()
    // What the second one's turn began with had not been written when the process went.
    const isAsked = (log: readonly LoggedEvent[]) => log.filter(({ event }) => event.type === 'context').length === 2
    const ended =
      (await logOnce(runId, isAsked)).find(({ event }) => event.type === 'message-end')?.seq ??
      assert.fail('nobody has spoken')
    await store.database.deleteFrom('run_event').where('run_id', '=', runId).where('seq', '>', ended).execute()
    const said = await chat.messages.ofRun(id, runId)
    await store.database
      .deleteFrom('message')
      .where('id', '=', said[1]?.id ?? '')
      .execute()
    assert.equal(await chat.recoverRuns([node.nodeId]), 1)

    for (const dialect of dialects) {
      const late = await eventsOf(runId, dialect)
      assert.equal(late.map(textOf).join(''), 'said', dialect)
      assertError(dialect, late.at(-1), { code: 'reply_interrupted', message: interrupted.zh })
    }
    const whole = await server.call('POST', `/api/group-conversations/${id}/messages`, {
      body: { content: 'hi', client_message_id: 'c' },
    })
    assert.equal(whole.status, 202)
    const botMessages = [{ content: 'said', status: 'done', ai_error: 0 }]
    assert.partialDeepStrictEqual(whole.json, { data: { botMessages, error: interrupted.zh } })
  })

  it('of a group whose bots are asked at once, when its server stops before all were heard, does not end as if they were', async () => {
    const { userId, store } = harness
    const botIds = ['bot-cs', 'bot-funny', 'bot-tech']
    const { id } = await harness.chat.groups.create(userId, { name: 'g', botIds, replyMode: 'at_once' })
    const node = await harness.otherNode()
    const sent = { userId, conversationId: id, content: 'hi', language: 'zh' as const }
    const { runId } = await node.chat.replies.send(sent)
    const [first, second, third] = [
      await node.engine.nextCall(),
      await node.engine.nextCall(),
      await node.engine.nextCall(),
    ]
    let stopped: PromiseLike<void> | undefined
    await store.transaction(async (transaction) => {
      // The first one's end cannot be written meanwhile.
      await tryLockConversation(id, store.kind, transaction)
      for (const call of [third, second, first]) {
        call.finish()
        await nextTurn()
      }
      stopped = node.chat[Symbol.asyncDispose]()
      while (!first.signal.aborted) await nextTurn()
    })
    await stopped
    const said = await harness.chat.messages.ofRun(id, runId)
    assert.ok(said.length < 3 && said.every(({ status }) => status === 'done'))
    assert.equal((await harness.chat.runs.get(userId, runId)).status, 'interrupted')
    for (const dialect of dialects) {
      assertError(dialect, (await eventsOf(runId, dialect)).at(-1), {
        code: 'reply_interrupted',
        message: interrupted.zh,
      })
    }
  })
})

interface Said {
  readonly code: string
  readonly message: string
  readonly messageId?: string
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** The last event says the error, and none says that all was said. */
function assertCut(dialect: DialectName, events: readonly ReceivedSseEvent[], error: Said): void {
  assertError(dialect, events.at(-1), error)
  const clean = /aiMessageEnd|"type":"(end|complete|message_stop)"|"success"/
  assert.ok(!events.some(({ event, data }) => event === 'done' || clean.test(data)), `${dialect} ends cleanly`)
}

function assertError(
  dialect: DialectName,
  last: ReceivedSseEvent | undefined,
  { code, message, messageId }: Said,
): void {
  const data = JSON.parse(last?.data ?? '{}') as object
  const about = messageId === undefined ? {} : { messageId }
  if (dialect === 'chat') assert.deepEqual(data, { type: 'error', error: message, code, ...about })
  else {
    assert.equal(last?.event, 'error', dialect)
    const said = { type: 'error', message, code, ...about }
    assert.partialDeepStrictEqual(data, dialect === 'messages' ? said : { type: 'error', error: { message } })
  }
}

function textOf({ data }: ReceivedSseEvent): string {
  const {
    type,
    content,
    data: said,
    delta,
  } = JSON.parse(data) as {
    type?: string
    content?: string
    data?: { content?: string }
    delta?: { text?: string }
  }
  if (type === 'aiMessageChunk') return said?.content ?? ''
  if (type === 'content') return content ?? ''
  return delta?.text ?? ''
}
