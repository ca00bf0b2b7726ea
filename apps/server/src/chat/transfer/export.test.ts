import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from '../testing/chat-harness.ts'
import { openChatServer } from '../testing/chat-server.ts'
import type { ExportedConversation } from './export.ts'

forEachDatabase('an export', (database) => {
  it('has every branch as JSON, and the one that is shown as Markdown', async () => {
    await using harness = await openChat(database)
    await using server = await openChatServer(harness)
    const { userId } = harness
    const { id } = await harness.chat.conversations.create(userId, { title: '标题/a' }, 'en')
    harness.engine.answerWith('first **reply**')
    await server.call('POST', `/api/conversations/${id}/messages`, { body: { content: 'question' } })
    harness.engine.answerWith('second')
    await server.events('POST', '/api/chat/regenerate', { body: { sessionId: id } })

    const json = await server.call('GET', `/api/conversations/${id}/export`)
    const { format, conversation, messages } = json.json as ExportedConversation
    assert.equal(format, 'parley-conversation')
    assert.equal(conversation.title, '标题/a')
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['question', 'first **reply**', 'second'],
    )
    assert.deepEqual(
      messages.map(({ parent_id }) => parent_id),
      [null, messages[0]?.id, messages[0]?.id],
    )
    const name = "attachment; filename*=UTF-8''%E6%A0%87%E9%A2%98-a.json"
    assert.equal(json.headers['content-disposition'], name)

    const markdown = await server.call('GET', `/bare/api/conversations/${id}/export?format=markdown`)
    assert.equal(markdown.headers['content-type'], 'text/markdown; charset=utf-8')
    assert.match(markdown.text, /^# 标题\/a\n\n## User · .*\n\nquestion\n\n## gpt-3.5-turbo · .*\n\nsecond\n$/)
    assert.equal((await server.call('GET', `/api/conversations/${id}/export?format=pdf`)).status, 400)
  })

  it('is a page in which nothing that was said is markup', async () => {
    await using harness = await openChat(database)
    await using server = await openChatServer(harness)
    const { id } = await harness.chat.conversations.create(harness.userId, { title: '<b>T</b>' }, 'en')
    harness.engine.answerWith('<script>alert(1)</script>')
    await server.call('POST', `/api/conversations/${id}/messages`, { body: { content: '"quoted" & \'x\'' } })
    const page = await server.call('GET', `/api/conversations/${id}/export?format=html`)
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    assert.doesNotMatch(page.text, /<script|<b>/)
    assert.match(page.text, /&#60;script&#62;alert\(1\)/)
  })

  it('of everything is one file that can be brought in again', async () => {
    await using harness = await openChat(database)
    await using server = await openChatServer(harness)
    const userId = await harness.newUser()
    const everything = async () => await server.call('GET', '/api/conversations/export', { userId })
    assert.deepEqual((await everything()).json, [])
    for (const title of ['one', 'two', 'three']) await harness.chat.conversations.create(userId, { title }, 'en')
    const exported = (await everything()).json as ExportedConversation[]
    assert.deepEqual(
      exported.map(({ conversation }) => conversation.title),
      ['one', 'two', 'three'],
    )
  })
})
