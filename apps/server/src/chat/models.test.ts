import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from './testing/chat-harness.ts'
import { openChatServer } from './testing/chat-server.ts'

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

forEachDatabase('a choice that cannot be used', (database) => {
  it('is refused under the name that its caller gave it', async () => {
    await using harness = await openChat(database)
    await using server = await openChatServer(harness)
    const id = await harness.newConversation()
    const path = `/api/conversations/${id}`
    const group = { name: 'g', botIds: ['bot-cs'] }
    const session = { sessionId: id, content: 'x' }
    const none = 'no-such'
    const choices: readonly (readonly [method: string, path: string, body: object, field: string])[] = [
      ...['model', 'model_id', 'modelId'].flatMap((name) => [
        ['POST', '/api/conversations', { [name]: none }, name] as const,
        ['PATCH', path, { [name]: none }, name] as const,
        ['PUT', `${path}/model`, { [name]: none }, name] as const,
      ]),
      ...['model', 'modelId'].flatMap((name) => [
        ['POST', `${path}/messages`, { content: 'x', [name]: none }, name] as const,
        ['POST', `${path}/messages/stream`, { content: 'x', [name]: none }, name] as const,
        ['POST', `${path}/messages/${id}/regenerate`, { [name]: none }, name] as const,
      ]),
      ...['model_id', 'modelId'].flatMap((name) => [
        ['POST', '/api/group-conversations', { ...group, [name]: none }, name] as const,
        ['POST', '/api/bots', { name: 'b', [name]: none }, name] as const,
      ]),
      ['POST', `${path}/messages`, { content: 'x', also_models: ['gpt-4-turbo', none] }, 'also_models.1'],
      ['POST', '/api/group-conversations', { name: 'g', botIds: [none] }, 'botIds'],
      ['POST', '/api/group-conversations', { name: 'g', bot_ids: [none] }, 'bot_ids'],
      ['POST', '/api/sessions', { modelId: none }, 'modelId'],
      ['PUT', `/api/sessions/${id}`, { modelId: none }, 'modelId'],
      ['POST', '/api/chat', { conversation_id: id, message: 'x', model: none }, 'model'],
      ['POST', '/api/chat/stream', { ...session, modelId: none }, 'modelId'],
      ['POST', '/api/chat/regenerate', { sessionId: id, modelId: none }, 'modelId'],
    ]
    for (const [method, at, body, field] of choices) {
      const { status, json } = await server.call(method, at, { body })
      const refusal = json as { error: string; details: { field: string } }
      assert.deepEqual([status, refusal.details.field], [400, field], `${method} ${at} ${JSON.stringify(body)}`)
      assert.ok(refusal.error.startsWith(`${field}: `), refusal.error)
    }
  })
})
