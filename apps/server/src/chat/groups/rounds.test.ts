/** What people do to a group while its bots are speaking. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { errorTable } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import type { Conversation } from '../conversations/schema.ts'
import { tryConversation } from '../conversations/repository.ts'
import type { Message } from '../messages/schema.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import { discardBranch } from '../undo/undo.ts'

forEachDatabase('while the bots of a group speak', (database) => {
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

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await server.call(method, `/api${path}`, { body })
    assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${response.text}`)
    return (response.json as { data: T }).data
  }

  /** Its first bot has spoken, and the second one has begun. */
  async function secondSpeaks() {
    const { chat, engine, userId } = harness
    const botIds = ['bot-cs', 'bot-funny', 'bot-tech']
    const { id } = await chat.groups.create(userId, { name: 'g', botIds, replyMode: 'all' })
    engine.script = undefined
    const { runId, userMessageId } = await chat.replies.send({
      userId,
      conversationId: id,
      content: 'x',
      language: 'en',
    })
    const first = await engine.nextCall()
    await first.say('first')
    first.finish()
    const second = await engine.nextCall()
    await second.say('half')
    const messages = await call<Message[]>('GET', `/conversations/${id}/messages`)
    const [, said, speaking] = messages
    assert.ok(said && speaking)
    return { id, runId, userMessageId, second, said, speaking, path: `/conversations/${id}/messages` }
  }

  async function isOver(runId: string): Promise<void> {
    await harness.chat.runs.ended(runId, AbortSignal.timeout(5_000))
  }

  it('deleting what one of them is saying stops them all, and it comes back as it was when it was stopped', async () => {
    for (const which of ['speaking', 'said', 'question'] as const) {
      const { id, path, runId, userMessageId, second, said, speaking } = await secondSpeaks()
      const deleted = { speaking: speaking.id, said: said.id, question: userMessageId }[which]
      await call('DELETE', `${path}/${deleted}`)
      assert.equal(second.signal.aborted, true)
      assert.partialDeepStrictEqual(await call('GET', `/runs/${runId}`), { status: 'stopped' })
      await call('POST', `${path}/${deleted}/restore`)
      const messages = await call<Message[]>('GET', path)
      assert.deepEqual(
        messages.map(({ content, status }) => [content, status]),
        [
          ['x', 'done'],
          ['first', 'done'],
          ['half', 'stopped'],
        ],
        which,
      )
      harness.engine.answerWith('yes')
      const sent = await server.call('POST', `/api/group-conversations/${id}/messages`, { body: { content: 'again' } })
      assert.equal(sent.status, 201, sent.text)
    }
  })

  it('a message that went while it was being written does not come back as if somebody wrote it', async () => {
    const { id, path, runId, second, speaking } = await secondSpeaks()
    await harness.store.transaction(async (transaction) => {
      const conversation = (await tryConversation(id, transaction)) ?? assert.fail('it is not there')
      await discardBranch(conversation, [speaking.id], transaction)
    })
    second.finish()
    harness.engine.answerWith('into nothing')
    await isOver(runId)
    await call('POST', `${path}/${speaking.id}/restore`)
    const { ai_error, error_message, status } =
      (await call<Message[]>('GET', path)).at(-1) ?? assert.fail('it is not back')
    assert.deepEqual([status, ai_error, error_message], ['interrupted', 1, errorTable.reply_interrupted.en])
    harness.engine.answerWith('yes')
    const sent = await server.call('POST', `/api/group-conversations/${id}/messages`, { body: { content: 'again' } })
    assert.equal(sent.status, 201, sent.text)
  })

  it('nothing can be said between two of them', async () => {
    const { id, runId, said, second } = await secondSpeaks()
    const path = `/api/group-conversations/${id}/messages`
    const refused = await server.call('POST', path, { body: { content: 'wait!', parent_id: said.id } })
    assert.equal(refused.status, 409, refused.text)
    assert.equal((refused.json as { code: string }).code, 'run_active')
    second.finish()
    ;(await harness.engine.nextCall()).finish()
    await isOver(runId)
    harness.engine.answerWith('yes')
    const sent = await server.call('POST', path, { body: { content: 'now', parent_id: said.id } })
    assert.equal(sent.status, 201, sent.text)
  })

  it('who looks at another branch meanwhile goes on looking at it', async () => {
    const { id, path, runId, second } = await secondSpeaks()
    second.finish()
    ;(await harness.engine.nextCall()).finish()
    await isOver(runId)
    const shown = (await call<Conversation>('GET', `/conversations/${id}`)).active_leaf_id
    const edited = await call<{ run_id: string }>('PATCH', `${path}/${(await call<Message[]>('GET', path))[0]?.id}`, {
      content: 'y',
    })
    const first = await harness.engine.nextCall()
    await call('PUT', `/conversations/${id}/active-leaf`, { message_id: shown })
    first.finish()
    for (let bots = 1; bots < 3; bots += 1) (await harness.engine.nextCall()).finish()
    await isOver(edited.run_id)
    assert.equal((await call<Conversation>('GET', `/conversations/${id}`)).active_leaf_id, shown)
  })
})
