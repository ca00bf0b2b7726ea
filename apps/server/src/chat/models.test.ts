import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from './testing/chat-harness.ts'

forEachDatabase('the model of a new conversation', (database) => {
  it('is what its person has chosen, as long as there is such a model', async () => {
    let chosen: string | null = 'claude-3-opus'
    await using harness = await openChat(database, { defaultModelOf: async () => chosen })
    const { chat, userId } = harness
    const create = async () => (await chat.conversations.create(userId, {}, 'en')).model_id
    assert.equal(await create(), 'claude-3-opus')
    const group = await chat.groups.create(userId, { name: 'g', botIds: ['bot-cs'], replyMode: 'all' })
    assert.equal(group.model_id, 'claude-3-opus')
    chosen = 'taken-away'
    assert.equal(await create(), 'gpt-3.5-turbo')
    chosen = null
    assert.equal(await create(), 'gpt-3.5-turbo')
  })
})
