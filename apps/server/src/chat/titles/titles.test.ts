import assert from 'node:assert/strict'
import { it, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from '../testing/chat-harness.ts'
import { readTitle } from './titles.ts'

test('a title is what a model wrote, without what it put around it', () => {
  for (const [text, title] of [
    ['"Cats and dogs."', 'Cats and dogs'],
    ['# **Title: Cats**\n\nI hope this helps!', 'Cats'],
    ['\n\n标题：《猫与狗》', '猫与狗'],
    ['[gpt-4] 猫', '猫'],
    ['???', ''],
    [`${'很'.repeat(100)}`, '很'.repeat(60)],
    ["What's C++?", "What's C++?"],
  ] as const) {
    assert.equal(readTitle(text, 'gpt-4'), title)
  }
})

forEachDatabase('titles', (database) => {
  it('come from the model of the settings after the first reply, and only then, on the person’s bill', async () => {
    await using harness = await openChat(database, { titleModel: 'gpt-4-turbo' })
    const { chat, engine, userId } = harness
    const id = await harness.newConversation()
    const titleOf = async () => (await chat.conversations.get(userId, id)).title
    const send = async (content: string) => {
      const { runId } = await chat.replies.send({ userId, conversationId: id, content, language: 'en' })
      const reply = await engine.nextCall()
      assert.equal(reply.request.model, 'gpt-3.5-turbo')
      await reply.say('First words of a reply that is long enough')
      reply.finish()
      await chat.runs.ended(runId, AbortSignal.timeout(5_000))
    }
    await send('about cats')
    const call = await engine.nextCall()
    assert.equal(await titleOf(), 'First words of a rep')
    assert.equal(call.request.model, 'gpt-4-turbo')
    assert.deepEqual(call.caller.userId, userId)
    assert.match(JSON.stringify(call.request.messages), /about cats.*First words/)
    await call.say('"All about ', 'cats"')
    const told = Promise.withResolvers<void>()
    const leave = await chat.feed.listen(userId, (change) => {
      if (change.type === 'conversation' && change.change === 'updated') told.resolve()
    })
    call.finish()
    await told.promise
    await leave()
    assert.equal(await titleOf(), 'All about cats')
    await send('more')
    assert.equal(engine.calls.length, 3, 'later replies ask for no title')
  })

  it('never replace one that was typed, before or meanwhile, and nobody sees that none came', async () => {
    const warnings: unknown[] = []
    await using harness = await openChat(database, {
      titleModel: 'gpt-4-turbo',
      log: {
        info: () => undefined,
        warn: (...parts: unknown[]) => void warnings.push(parts[1]),
        error: () => undefined,
      },
    })
    const { chat, engine, userId } = harness
    const say = async (id: string) => {
      const { runId } = await chat.replies.send({ userId, conversationId: id, content: 'x', language: 'en' })
      const reply = await engine.nextCall()
      await reply.say('a reply')
      reply.finish()
      await chat.runs.ended(runId, AbortSignal.timeout(5_000))
    }
    const typed = await chat.conversations.create(userId, { title: 'typed' }, 'en')
    await say(typed.id)
    const id = await harness.newConversation()
    await say(id)
    const call = await engine.nextCall()
    await chat.conversations.update(userId, id, { title: 'typed meanwhile' })
    await call.say('a better one')
    call.finish()
    const failing = await harness.newConversation()
    await say(failing)
    ;(await engine.nextCall()).fail('quota_exhausted', 'The token quota is used up.')
    while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const titles = await Promise.all([typed.id, id, failing].map((each) => chat.conversations.get(userId, each)))
    assert.deepEqual(
      titles.map(({ title }) => title),
      ['typed', 'typed meanwhile', 'a reply'],
    )
    assert.equal(engine.calls.length, 5)
    assert.match(String(warnings[0]), /keeps its first words/)
  })
})
