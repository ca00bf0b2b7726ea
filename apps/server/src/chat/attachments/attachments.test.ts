import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase, type WholeResponse } from '@parley/testkit'
import type { ChatRequest } from '@parley/wires'
import { createEncryption } from '../../config/encryption.ts'
import type { Message } from '../messages/schema.ts'
import { type ChatHarness, chatConfig, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import { createFileStore } from './file-store.ts'
import { startAttachmentKeeping, unusedKeptMs } from './keeping.ts'
import { resealFiles } from './reseal.ts'
import { createAttachments } from './service.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const pngHead = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const newPicture = (size = 1_000) => Buffer.concat([pngHead, randomBytes(size - pngHead.length)])
const pdf = Buffer.from('%PDF-1.7\nnot much of one')

interface Uploaded {
  readonly id: string
  readonly name: string
  readonly media_type: string
  readonly size: number
}

forEachDatabase('files in messages', (database) => {
  let harness: ChatHarness
  let server: ChatServer

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
    harness.engine.answerWith('seen')
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  async function post(content: Buffer, name: string, userId = harness.userId): Promise<WholeResponse> {
    const path = `/api/attachments?name=${encodeURIComponent(name)}`
    return await server.call('POST', path, { body: content, userId, headers: { 'content-type': 'image/whatever' } })
  }
  async function upload(content: Buffer, name: string, userId = harness.userId): Promise<Uploaded> {
    const response = await post(content, name, userId)
    assert.equal(response.status, 201, response.text)
    return (response.json as { data: Uploaded }).data
  }
  async function download(id: string, userId = harness.userId): Promise<WholeResponse> {
    return await server.call('GET', `/api/attachments/${id}`, { userId })
  }
  async function conversation(fields: object = {}, userId = harness.userId): Promise<string> {
    const made = await server.call('POST', '/api/conversations', { body: { title: 't', ...fields }, userId })
    return (made.json as { data: { id: string } }).data.id
  }
  async function send(
    id: string,
    body: object,
    userId = harness.userId,
  ): Promise<{ userMessage: Message; aiMessage: Message }> {
    const sent = await server.call('POST', `/api/conversations/${id}/messages`, { body, userId })
    assert.equal(sent.status, 201, sent.text)
    return (sent.json as { data: { userMessage: Message; aiMessage: Message } }).data
  }
  function lastQuestion(): ChatRequest['messages'][number] {
    return harness.engine.calls.at(-1)?.request.messages.at(-1) ?? assert.fail('nobody was asked')
  }
  const countOf = async (table: 'stored_file' | 'file_chunk' | 'attachment'): Promise<number> => {
    const { count } = await harness.store.database
      .selectFrom(table)
      .select((query) => query.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  it('are kept as they came, whatever their size, and given back as what they are', async () => {
    for (const size of [9, 192 * 1024, 192 * 1024 + 1, 1_000_000]) {
      const content = newPicture(size)
      const file = await upload(content, '../evil/Bild "ä".png\r\n')
      assert.deepEqual([file.name, file.media_type, file.size], ['Bild "ä".png', 'image/png', size])
      const read = await download(file.id)
      assert.ok(read.body.equals(content))
      assert.equal(read.headers['content-type'], 'image/png')
      assert.equal(read.headers['content-disposition'], "inline; filename*=UTF-8''Bild%20%22%C3%A4%22.png")
      assert.equal(read.headers['x-content-type-options'], 'nosniff')
      assert.equal(read.headers['content-security-policy'], "sandbox; default-src 'none'")
    }
    const page = await download((await upload(Buffer.from('<script>alert(1)</script>'), 'x.html')).id)
    assert.equal(page.headers['content-type'], 'text/plain; charset=utf-8')
    assert.match(String(page.headers['content-disposition']), /^attachment;/)
  })

  it('come as a form too', async () => {
    const form = new FormData()
    form.append('other', 'field')
    form.append('file', new Blob([pdf]), 'paper.pdf')
    const headers = { authorization: `Bearer ${harness.userId}` }
    const response = await fetch(`${server.url}/bare/api/attachments`, { method: 'POST', headers, body: form })
    assert.equal(response.status, 201)
    assert.partialDeepStrictEqual(await response.json(), { name: 'paper.pdf', media_type: 'application/pdf' })
    const empty = await fetch(`${server.url}/api/attachments`, { method: 'POST', headers, body: new FormData() })
    assert.equal(empty.status, 400)
    const broken = { ...headers, 'content-type': 'multipart/form-data; boundary=x' }
    const cut = '--x\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\nabc'
    assert.equal(
      (await fetch(`${server.url}/api/attachments`, { method: 'POST', headers: broken, body: cut })).status,
      400,
    )
    const large = new FormData()
    large.append('file', new Blob([newPicture(chatConfig.attachments.maxBytes + 1)]), 'large.png')
    const refused = await fetch(`${server.url}/api/attachments`, { method: 'POST', headers, body: large })
    assert.equal(refused.status, 413)
    const chatty = new FormData()
    for (let number = 0; number < 30; number += 1) chatty.append(`field-${number}`, 'x')
    chatty.append('file', new Blob([pdf]), 'paper.pdf')
    const unread = await fetch(`${server.url}/api/attachments`, { method: 'POST', headers, body: chatty })
    assert.equal(unread.status, 400)
  })

  it('are refused when they are something else, or too large, and nothing of them stays', async () => {
    const before = await countOf('file_chunk')
    const refused = await post(Buffer.from('PK\x03\x04', 'latin1'), 'picture.png')
    assert.deepEqual([refused.status, (refused.json as { code: string }).code], [415, 'attachment_type'])
    assert.equal((await post(Buffer.alloc(0), 'empty.txt')).status, 415)
    const large = await post(newPicture(chatConfig.attachments.maxBytes + 1), 'large.png')
    assert.deepEqual([large.status, (large.json as { code: string }).code], [413, 'too_large'])
    assert.equal(await countOf('file_chunk'), before)
  })

  it('are bounded for each person', async () => {
    const userId = await harness.newUser()
    const { store } = harness
    const encryption = createEncryption({ encryptionKeys: [{ id: 'k', key: randomBytes(32) }] })
    const files = createFileStore({ store, encryption, clock: Date.now })
    const config = { attachments: { maxBytes: 1_000, quotaBytes: 1_500 } }
    const attachments = createAttachments({ store, files, config, clock: Date.now })
    const content = async function* () {
      yield newPicture(1_000)
    }
    await attachments.upload(userId, { name: 'a', content: content() })
    const second = attachments.upload(userId, { name: 'b', content: content() })
    await assert.rejects(second, { code: 'attachment_quota', message: /more than the 1\.5 kB that you have/ })
  })

  it('are stored once for all who have them, encrypted', async () => {
    const secret = Buffer.from(`my secret ${randomBytes(8).toString('hex')}`.repeat(3))
    const other = await harness.newUser()
    const before = await countOf('stored_file')
    const [first, second] = await Promise.all([upload(secret, 'a.txt'), upload(secret, 'b.txt', other)])
    assert.equal(await countOf('stored_file'), before + 1)
    assert.ok((await download(second?.id ?? '', other)).body.equals(secret))
    const chunks = await harness.store.database.selectFrom('file_chunk').select('content').execute()
    assert.ok(chunks.every(({ content }) => !Buffer.from(content).includes('my secret')))
    assert.equal((await server.call('DELETE', `/api/attachments/${first?.id}`)).status, 200)
    assert.ok((await download(second?.id ?? '', other)).body.equals(secret), 'what others have stays')
  })

  it('are their owner’s alone', async () => {
    const file = await upload(newPicture(), 'mine.png')
    const stranger = await harness.newUser()
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await server.call(method, `/api/attachments/${file.id}`, { userId: stranger })).status, 403)
      assert.equal((await server.call(method, '/api/attachments/nothing')).status, 404)
    }
    const id = await conversation({}, stranger)
    const post = async (attachments: string[]) =>
      await server.call('POST', `/api/conversations/${id}/messages`, {
        body: { content: 'x', attachments },
        userId: stranger,
      })
    assert.equal((await post([file.id])).status, 403)
    assert.equal((await post(['nothing'])).status, 404)
    const list = await server.call('GET', '/api/attachments', { userId: stranger })
    assert.deepEqual((list.json as { data: object[] }).data, [])
  })

  it('are shown to a model that reads them, before the words that are about them', async () => {
    const picture = newPicture()
    const files = [
      await upload(picture, 'p.png'),
      await upload(pdf, 'paper.pdf'),
      await upload(Buffer.from('汉字'), 'n.txt'),
    ]
    const id = await conversation({ model: 'claude-3-opus' })
    const { userMessage } = await send(id, { content: 'what is this?', attachments: files.map((file) => file.id) })
    assert.deepEqual(
      userMessage.attachments,
      files.map(({ id, name, media_type, size }) => ({ id, name, media_type, size })),
    )
    assert.deepEqual(lastQuestion(), {
      role: 'user',
      content: [
        { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: picture.toString('base64') } },
        {
          type: 'document',
          source: { kind: 'base64', mediaType: 'application/pdf', data: pdf.toString('base64') },
          title: 'paper.pdf',
        },
        { type: 'text', text: '<file name="n.txt">\n汉字\n</file>' },
        { type: 'text', text: 'what is this?' },
      ],
    })
    await send(id, { content: 'and?' })
    const [first] = harness.engine.calls.at(-1)?.request.messages ?? []
    assert.equal(first?.content.length, 4, 'it is shown them in later questions too')
  })

  it('are named to a model that cannot read them, which the person is told', async () => {
    const file = await upload(newPicture(), 'p.png')
    const id = await conversation({ model: 'gpt-3.5-turbo' })
    const body = { content: '', attachments: [file.id] }
    const events = await server.events('POST', `/api/conversations/${id}/messages/stream`, { body })
    assert.deepEqual(lastQuestion().content, [{ type: 'text', text: '[image: p.png]' }])
    const data = events.map((event) => JSON.parse(event.data) as { type?: string; data?: { [name: string]: unknown } })
    const told = data.find(({ type }) => type === 'context')?.data
    assert.deepEqual(told?.['unread_attachments'], ['p.png'])
    const sent = data.find(({ type }) => type === 'userMessage')?.data
    assert.deepEqual(
      ((sent?.['attachments'] ?? []) as Uploaded[]).map(({ name }) => name),
      ['p.png'],
    )
  })

  it('come through every door', async () => {
    const { id: file } = await upload(newPicture(), 'p.png')
    const id = await conversation({ model: 'gpt-4-turbo' })
    const attachments = [file]
    const bodies: readonly (readonly [string, object])[] = [
      ['/api/chat', { conversation_id: id, message: '', attachments }],
      ['/api/chat/stream', { sessionId: id, content: 'x', attachments }],
      ['/api/chat/completion', { sessionId: id, content: '', attachments }],
    ]
    for (const [path, body] of bodies) {
      assert.equal((await server.call('POST', path, { body })).status, 200, path)
      assert.equal(lastQuestion().content[0]?.type, 'image', path)
    }
    const empty = await server.call('POST', '/api/chat', {
      body: { conversation_id: id, message: ' ', attachments: [] },
    })
    assert.equal(empty.status, 400)
    const group = await server.call('POST', '/api/group-conversations', {
      body: { name: 'g', botIds: ['bot-cs'], modelId: 'gpt-4-turbo' },
    })
    const groupId = (group.json as { data: { id: string } }).data.id
    const said = { body: { content: 'look', attachments } }
    assert.equal((await server.call('POST', `/api/group-conversations/${groupId}/messages`, said)).status, 201)
    assert.equal(lastQuestion().content[0]?.type, 'image')
  })

  it('count in the model’s window', async () => {
    const { id: file } = await upload(Buffer.from('word '.repeat(4_000)), 'long.txt')
    const id = await conversation({ model: 'gpt-3.5-turbo' })
    await send(id, { content: 'first', attachments: [file] })
    await send(id, { content: 'second', attachments: [file] })
    const usage = await server.call('GET', `/api/chat/usage?sessionId=${id}`)
    const { prompt_tokens: tokens } = (usage.json as { data: { current: { prompt_tokens: number } } }).data.current
    assert.ok(tokens > 5_000 && tokens < 6_200, `${tokens} tokens: one of them fits`)
    const asked = harness.engine.calls.at(-1)?.request.messages ?? []
    assert.equal(JSON.stringify(asked).split('long.txt').length, 2)
  })

  it('stay with an edited message, a fork and a restored one, and are found by their names', async () => {
    const userId = await harness.newUser()
    const content = newPicture()
    const { id: file } = await upload(content, 'Urlaub 照片.png', userId)
    const id = await conversation({ model: 'gpt-4-turbo' }, userId)
    const { userMessage } = await send(id, { content: 'look', attachments: [file] }, userId)
    const edited = await server.call('PATCH', `/api/conversations/${id}/messages/${userMessage.id}`, {
      body: { content: 'look here', reply: true },
      userId,
    })
    const { message, run_id: runId } = (edited.json as { data: { message: Message; run_id: string } }).data
    await server.events('GET', `/api/runs/${runId}/events`, { userId })
    assert.deepEqual(message.attachments, userMessage.attachments)

    const forked = await server.call('POST', `/api/conversations/${id}/fork`, { body: {}, userId })
    const fork = (forked.json as { data: { id: string } }).data.id
    const clock = { now: Date.now() }
    using keeping = startAttachmentKeeping({ store: harness.store, clock: () => clock.now, log: quiet })
    await server.call('DELETE', `/api/conversations/${id}`, { userId })
    for (let round = 0; round < 3; round += 1) {
      clock.now += unusedKeptMs + 1
      await keeping.tidy()
    }
    assert.equal((await download(file, userId)).status, 200, 'the fork has it')
    await server.call('DELETE', `/api/conversations/${fork}`, { userId })
    await keeping.tidy()
    await server.call('POST', `/api/conversations/${fork}/restore`, { userId })
    clock.now += unusedKeptMs + 1
    await keeping.tidy()
    assert.ok((await download(file, userId)).body.equals(content), 'what was restored has it')
    for (const q of ['Urlaub', '照片', '"urlaub 照片"']) {
      const found = await server.call('GET', `/api/search?q=${encodeURIComponent(q)}`, { userId })
      const { messages } = (found.json as { data: { messages: { snippet: string; marks: number[][] }[] } }).data
      assert.equal(messages[0]?.snippet, 'look here Urlaub 照片.png', q)
      assert.equal(messages[0]?.marks.length, 1)
    }
    await server.call('DELETE', `/api/conversations/${fork}`, { userId })
    clock.now += 1
    assert.equal(await keeping.tidy(), 0, 'not before a day has gone')
    clock.now += unusedKeptMs + 1
    const files = await countOf('stored_file')
    assert.ok((await keeping.tidy()) > 0)
    assert.equal((await download(file, userId)).status, 404)
    assert.ok((await countOf('stored_file')) < files)
  })

  it('are those that an edit names, also when nobody is to answer it; a reply gets none', async () => {
    const [old, other] = [await upload(newPicture(), 'old.png'), await upload(newPicture(), 'other.png')]
    const stranger = await upload(newPicture(), 'theirs.png', await harness.newUser())
    const id = await conversation({ model: 'gpt-4-turbo' })
    const { userMessage, aiMessage } = await send(id, { content: 'look', attachments: [old.id] })
    const edit = async ({ id: messageId }: Message, attachments?: readonly string[]) =>
      await server.call('PATCH', `/api/conversations/${id}/messages/${messageId}`, {
        body: { content: 'edited', reply: false, ...(attachments && { attachments }) },
      })
    const filesAfter = async (attachments?: readonly string[]) => {
      const edited = await edit(userMessage, attachments)
      assert.equal(edited.status, 201, edited.text)
      const { message } = (edited.json as { data: { message: Message } }).data
      return message.attachments.map(({ name }) => name)
    }
    assert.deepEqual(await filesAfter([other.id, old.id]), ['other.png', 'old.png'])
    assert.deepEqual(await filesAfter([other.id]), ['other.png'])
    assert.deepEqual(await filesAfter([]), [])
    assert.deepEqual(await filesAfter(), ['old.png'])
    assert.equal((await edit(userMessage, [stranger.id])).status, 403)
    assert.equal((await edit(userMessage, ['no-such'])).status, 404)

    const refused = await edit(aiMessage, [other.id])
    assert.deepEqual([refused.status, (refused.json as { details: object }).details], [400, { field: 'attachments' }])
    assert.equal((await edit(aiMessage, [])).status, 201)

    await edit(userMessage, [other.id])
    harness.engine.answerWith('seen')
    await send(id, { content: 'and?' })
    const [shown] = harness.engine.calls.at(-1)?.request.messages ?? []
    assert.equal(shown?.content.filter(({ type }) => type === 'image').length, 1)
  })

  it('that were deleted go on to be named', async () => {
    const { id: file } = await upload(newPicture(), 'gone.png')
    const id = await conversation({ model: 'gpt-4-turbo' })
    const { userMessage } = await send(id, { content: 'look', attachments: [file] })
    await server.call('DELETE', `/api/attachments/${file}`)
    await send(id, { content: 'again' })
    assert.match(JSON.stringify(harness.engine.calls.at(-1)?.request.messages), /\[image: gone\.png\]/)
    const read = await server.call('GET', `/api/conversations/${id}/messages`)
    const [message] = (read.json as { data: Message[] }).data
    const named = userMessage.attachments.map((each) => ({ ...each, is_deleted: true }))
    assert.deepEqual(message?.attachments, named)
    const edit = { body: { content: 'edited' } }
    const path = `/api/conversations/${id}/messages/${userMessage.id}`
    const edited = (await server.call('PATCH', path, edit)).json as { data: { message: Message; run_id: string } }
    await server.events('GET', `/api/runs/${edited.data.run_id}/events`)
    assert.deepEqual(edited.data.message.attachments, [])
  })

  it('say in their list how many messages have them', async () => {
    const userId = await harness.newUser()
    const [used, unused] = [await upload(pdf, 'used.pdf', userId), await upload(pdf, 'unused.pdf', userId)]
    const id = await conversation({}, userId)
    const { userMessage } = await send(id, { content: 'read', attachments: [used.id] }, userId)
    await server.call('POST', `/api/conversations/${id}/fork`, { body: {}, userId })
    const { json } = await server.call('GET', '/api/attachments', { userId })
    const listed = (json as { data: { id: string; message_count: number }[] }).data
    assert.deepEqual(
      listed.map((file) => [file.id, file.message_count]),
      [
        [unused.id, 0],
        [used.id, 2],
      ],
    )
    const [{ is_deleted = false } = {}] = userMessage.attachments
    assert.equal(is_deleted, false)
  })

  it('of a shared conversation are seen by its link and no other', async () => {
    const picture = newPicture()
    const { id: file } = await upload(picture, 'shared.png')
    const { id: hidden } = await upload(newPicture(), 'hidden.png')
    const id = await conversation()
    await send(id, { content: '', attachments: [file] })
    const share = async (conversationId: string) => {
      const made = await server.call('POST', `/api/conversations/${conversationId}/share`, { body: {} })
      return (made.json as { data: { path: string } }).data.path
    }
    const path = await share(id)
    const read = (await fetchWhole(server.url + path)).json as { data: { messages: { attachments: Uploaded[] }[] } }
    assert.deepEqual(
      read.data.messages.flatMap(({ attachments }) => attachments.map(({ name }) => name)),
      ['shared.png'],
    )
    const shown = await fetchWhole(`${server.url}${path}/attachments/${file}`)
    assert.ok(shown.body.equals(picture))
    assert.equal(shown.headers['content-security-policy'], "sandbox; default-src 'none'")
    assert.equal((await fetchWhole(`${server.url}${path}/attachments/${hidden}`)).status, 404)
    const other = await share(await conversation())
    assert.equal((await fetchWhole(`${server.url}${other}/attachments/${file}`)).status, 404)
    await server.call('DELETE', `/api/conversations/${id}/share`)
    assert.equal((await fetchWhole(`${server.url}${path}/attachments/${file}`)).status, 404)
  })

  it('have keys that can be sealed anew, and cannot be exchanged or changed', async () => {
    const { store } = harness
    const keys = ['old', 'new'].map((id) => ({ id, key: randomBytes(32) }))
    const [old, renewed] = [keys.slice(0, 1), keys.toReversed()].map((encryptionKeys) =>
      createEncryption({ encryptionKeys }),
    )
    assert.ok(old && renewed)
    const made = createFileStore({ store, encryption: old, clock: Date.now })
    await using writing = await made.begin(1_000_000)
    const content = newPicture(300_000)
    await writing.push(content)
    const file = await writing.finish(async (kept) => kept)
    await store.database.deleteFrom('stored_file').where('id', '!=', file.id).where('hash', 'is', null).execute()
    // Others' files were sealed by a key that is not known here.
    const others = store.database.selectFrom('stored_file').selectAll().where('id', '!=', file.id)
    for (const { id } of await others.execute()) {
      const sealed = old.seal(randomBytes(32).toString('base64url'), `stored_file:${id}:key`)
      await store.database.updateTable('stored_file').set({ sealed_key: sealed }).where('id', '=', id).execute()
    }
    assert.ok((await resealFiles(store, renewed)) > 0)
    assert.equal(await resealFiles(store, renewed), 0)
    const row = await store.database
      .selectFrom('stored_file')
      .selectAll()
      .where('id', '=', file.id)
      .executeTakeFirstOrThrow()
    const reading = createFileStore({ store, encryption: renewed, clock: Date.now })
    const read = async () => {
      const pieces: Buffer[] = []
      for await (const piece of reading.read({ file_id: row.id, ...row })) pieces.push(piece)
      return Buffer.concat(pieces)
    }
    assert.ok((await read()).equals(content))
    await store.database
      .updateTable('file_chunk')
      .set({ number: 9 } as never)
      .where('file_id', '=', row.id)
      .where('number', '=', 0)
      .execute()
    await store.database
      .updateTable('file_chunk')
      .set({ number: 0 } as never)
      .where('file_id', '=', row.id)
      .where('number', '=', 1)
      .execute()
    await assert.rejects(read())
  })
})
