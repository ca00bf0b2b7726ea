import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachState, tempFolder } from '@parley/testkit'
import { createMemoryState } from '../../state/memory.ts'
import { createRedisState } from '../../state/redis.ts'
import type { State } from '../../state/state.ts'
import type { Change } from '../feed/feed.ts'
import { openChat, quiet } from '../testing/chat-harness.ts'
import { foldLog } from './message-fold.ts'
import type { LoggedEvent } from './run-event.ts'

const never = new AbortController().signal

forEachState('several nodes', (target) => {
  async function openNodes(folder: string, openState?: () => Promise<State>) {
    const { url = '', prefix = '' } = target.kind === 'redis' ? target : {}
    const redis = async () => await createRedisState({ url, prefix, log: quiet })
    const open = openState ?? (target.kind === 'redis' ? redis : undefined)
    const harness = await openChat(
      { kind: 'sqlite', url: `sqlite:${folder}/chat.db` },
      open === undefined ? {} : { openState: open },
    )
    return { harness, other: await harness.otherNode() }
  }

  it('read each other’s runs word by word, stop them, and hear of each other’s changes', async (t) => {
    const { harness, other } = await openNodes(tempFolder(t))
    await using _ = harness
    const { userId } = harness
    const changes: Change[] = []
    const leave = await other.chat.feed.listen(userId, (change) => changes.push(change))
    const conversationId = await harness.newConversation()
    const sent = { userId, conversationId, content: 'x', language: 'en' as const }
    const { runId, messageId } = await harness.chat.replies.send(sent)
    const call = await harness.engine.nextCall()

    const seen: LoggedEvent[] = []
    const reader = other.chat.runs.read(runId, { after: 0, signal: never })
    const text = () => foldLog(seen).get(messageId)?.content ?? ''
    for (const word of ['one ', 'two ', 'three']) {
      const before = text()
      await call.say(word)
      while (text() !== before + word) seen.push(...((await reader.next()).value ?? []))
    }
    const stopped = await other.chat.runs.stop(userId, runId)
    assert.equal(stopped.status, 'stopped')
    for await (const events of reader) seen.push(...events)
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      seen.map((_, index) => index + 1),
    )
    assert.equal((await other.chat.messages.get(messageId)).content, 'one two three')
    while (changes.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(
      changes.map((change) => (change.type === 'run' ? change.status : change.change)),
      ['created', 'running', 'stopped'],
    )
    await leave()
  })

  it('read each other’s runs from the database when no message gets through', async (t) => {
    const memory = createMemoryState({ log: quiet })
    const unreachable = async () => await Promise.reject(new Error('nobody is there'))
    const topics = { publish: unreachable, subscribe: async () => async () => undefined }
    const cut: State = { ...memory, kind: 'redis', topics, [Symbol.asyncDispose]: async () => undefined }
    const { harness, other } = await openNodes(tempFolder(t), async () => cut)
    await using _ = harness
    const { userId } = harness
    const conversationId = await harness.newConversation()
    const { runId, messageId } = await harness.chat.replies.send({
      userId,
      conversationId,
      content: 'x',
      language: 'en',
    })
    const call = await harness.engine.nextCall()
    const reading = other.chat.runs.ended(runId, never)
    await call.say('still here')
    call.finish()
    assert.equal((await reading)?.status, 'done')
    assert.equal((await other.chat.messages.get(messageId)).content, 'still here')
    await memory[Symbol.asyncDispose]()
  })
})
