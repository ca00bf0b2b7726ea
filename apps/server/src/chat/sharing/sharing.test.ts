import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { openChat } from '../testing/chat-harness.ts'
import { openChatServer } from '../testing/chat-server.ts'
import type { Share, Snapshot } from './schema.ts'
import { createShares } from './service.ts'

forEachDatabase('a shared conversation', (database) => {
  it('is read by anybody as it was, with nothing private, until it is taken back', async () => {
    await using harness = await openChat(database)
    await using server = await openChatServer(harness)
    const { id } = await harness.chat.conversations.create(harness.userId, { title: 'shared' }, 'en')
    harness.engine.answerWith('answer')
    await server.call('POST', `/api/conversations/${id}/messages`, { body: { content: 'question' } })
    const share = async () => {
      const made = await server.call('POST', `/api/conversations/${id}/share`, { body: {} })
      assert.equal(made.status, 201)
      return (made.json as { data: Share }).data
    }
    const path = `/api/conversations/${id}/share`
    const known = async () => ((await server.call('GET', path)).json as { data: Share | null }).data
    assert.equal(await known(), null)
    const first = await share()
    assert.deepEqual(await known(), first)
    assert.equal((await server.call('GET', path, { userId: await harness.newUser() })).status, 403)
    await server.call('POST', `/api/conversations/${id}/messages`, { body: { content: 'afterwards' } })

    const read = await fetchWhole(server.url + first.path)
    assert.equal(read.status, 200)
    const { title, messages } = (read.json as { data: Snapshot }).data
    assert.equal(title, 'shared')
    assert.deepEqual(
      messages.map(({ role, name, content }) => [role, name, content]),
      [
        ['user', null, 'question'],
        ['assistant', 'gpt-3.5-turbo', 'answer'],
      ],
    )
    assert.equal(read.text.includes(harness.userId) || read.text.includes(id), false)

    const second = await share()
    assert.equal((await fetchWhole(server.url + first.path)).status, 404)
    assert.equal((await fetchWhole(server.url + second.path)).status, 200)
    assert.equal((await server.call('DELETE', `/api/conversations/${id}/share`)).status, 200)
    assert.equal((await fetchWhole(server.url + second.path)).status, 404)
    assert.equal(await known(), null)
    assert.equal((await server.call('DELETE', `/api/conversations/${id}/share`)).status, 404)
  })

  it('is over when its time is', async () => {
    await using harness = await openChat(database)
    let now = 1_000_000
    const shares = createShares({ store: harness.store, attachments: harness.chat.attachments, clock: () => now })
    const { userId } = harness
    const id = await harness.newConversation()
    const { token, expires_at: expiresAt } = await shares.create(userId, id, 1)
    assert.equal(expiresAt, new Date(now + 86_400_000).toISOString())
    now += 86_400_000 - 1
    assert.deepEqual((await shares.read(token)).messages, [])
    now += 1
    await assert.rejects(shares.read(token), { code: 'not_found' })
    assert.equal(await shares.find(userId, id), null)
  })
})
