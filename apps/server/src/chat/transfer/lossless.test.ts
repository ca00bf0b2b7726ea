import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import fc from 'fast-check'
import { v7 as uuid } from 'uuid'
import { writeAttachments } from '../attachments/attachment.ts'
import { insertConversation, replaceTags } from '../conversations/repository.ts'
import { addBots } from '../groups/repository.ts'
import { insertMessages, type NewMessage } from '../messages/repository.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'

const pngHead = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** Text as people and models write it; no NUL, which no database keeps, and no lone surrogates, which no file does. */
const words = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '').toWellFormed())
const someWords = words.filter((text) => text.trim() !== '')
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const count = fc.nat(1_000_000)
const time = fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 })

const blocks = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('thinking'), text: words, signature: words }),
    fc.record({ type: fc.constant('tool-call'), id: words, name: words, arguments: fc.json() }),
    fc.record({ type: fc.constant('text'), text: words }),
  ),
  { minLength: 1, maxLength: 4 },
)

const message = fc.record({
  /** Which of those before it, and before those none, it follows. */
  parent: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  isPerson: fc.boolean(),
  content: words,
  blocks: orNull(blocks),
  model: fc.constantFrom('gpt-3.5-turbo', 'gpt-4-turbo', 'a-model-of-yore'),
  status: fc.constantFrom('done', 'stopped', 'interrupted', 'failed'),
  error: orNull(someWords),
  endReason: orNull(fc.constantFrom('stop', 'length', 'stopped', 'edited', 'tool-calls')),
  tokens: fc.tuple(count, count),
  cost: count,
  rating: orNull(fc.constantFrom(1, -1)),
  at: time,
  later: count,
  files: fc.array(fc.nat(2), { maxLength: 2 }),
})

const conversation = fc.record({
  title: someWords.map((text) => text.replace(/\s+/g, ' ').trim()),
  model: fc.constantFrom('gpt-3.5-turbo', 'claude-3-opus'),
  system: orNull(someWords),
  parameters: fc.constantFrom({}, { temperature: 0.5, stop: ['x'] }, { max_tokens: 5, reasoning_effort: 'high' }),
  folder: orNull(fc.constantFrom('work', '个人')),
  tags: fc.uniqueArray(fc.constantFrom('a', 'b', '标签'), { maxLength: 3 }),
  pinRank: fc.nat(9),
  isArchived: fc.boolean(),
  isGroup: fc.boolean(),
  mode: fc.constantFrom('all', 'mentioned', 'moderated'),
  botTurns: fc.nat(20),
  messages: fc.array(message, { maxLength: 12 }),
  shown: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  at: time,
})
type Sketch = typeof conversation extends fc.Arbitrary<infer T> ? T : never

async function draw(sketch: Sketch, userId: string, harness: ChatHarness): Promise<string> {
  const { store, chat } = harness
  const files = await Promise.all(
    [300, 200_000, 20].map(async (size, index) => {
      const content = index === 2 ? Buffer.from('ünï 文') : Buffer.concat([pngHead, randomBytes(size)])
      const { created_at: _, ...file } = await chat.attachments.upload(userId, {
        name: `f${index}`,
        content: Readable.from([content]),
      })
      return file
    }),
  )
  const id = uuid()
  const own = await chat.bots.create(userId, {
    name: 'Eigener',
    personality: 'p',
    color: '#112233',
    modelId: 'gpt-4-turbo',
  })
  const botIds = ['bot-cs', own.id]
  const messages: NewMessage[] = []
  for (const { parent, isPerson, model, tokens, at, ...rest } of sketch.messages) {
    const parentId = messages[Math.floor(parent * (messages.length + 1)) - 1]?.id ?? null
    messages.push({
      id: uuid(),
      conversation_id: id,
      parent_id: parentId,
      sender_type: isPerson ? 'user' : 'bot',
      sender_id: isPerson ? userId : sketch.isGroup ? (botIds[at % 2] ?? '') : model,
      sender_name: sketch.isGroup ? 'Somebody' : null,
      content: rest.content,
      blocks_json: isPerson || rest.blocks === null ? null : JSON.stringify(rest.blocks),
      attachments_json: isPerson
        ? writeAttachments([...new Set(rest.files)].flatMap((index) => files[index] ?? []))
        : null,
      model_id: isPerson ? null : model,
      status: isPerson ? 'done' : rest.status,
      ai_error: rest.error === null ? 0 : 1,
      error_message: rest.error,
      end_reason: isPerson ? null : rest.endReason,
      input_tokens: tokens[0],
      output_tokens: tokens[1],
      cost_nanos: rest.cost,
      rating: isPerson ? null : rest.rating,
      created_at: at,
      updated_at: at + rest.later,
    })
  }
  await store.transaction(async (transaction) => {
    await insertConversation(
      {
        id,
        user_id: userId,
        title: sketch.title,
        title_source: 'reply',
        model_id: sketch.model,
        system_prompt: sketch.system,
        parameters_json: JSON.stringify(sketch.parameters),
        folder: sketch.folder,
        pin_rank: sketch.pinRank,
        is_archived: sketch.isArchived ? 1 : 0,
        kind: sketch.isGroup ? 'group' : 'personal',
        ...(sketch.isGroup && { reply_mode: sketch.mode, bot_turns: sketch.botTurns }),
        ...(sketch.isGroup && sketch.mode === 'moderated' && { moderator_id: own.id }),
        active_leaf_id: messages[Math.floor(sketch.shown * messages.length)]?.id ?? null,
        created_at: sketch.at,
        updated_at: sketch.at + 5_000,
      },
      transaction,
    )
    await replaceTags(id, sketch.tags, transaction)
    if (sketch.isGroup) await addBots(id, botIds, transaction)
    await insertMessages(messages, transaction)
  })
  return id
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

/** With ids by the order in which they come, and without what belongs to a place: when, how often changed, which run. */
function withoutIds(text: string): unknown {
  const ids = new Map<string, string>()
  const named = text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
    const known = ids.get(id) ?? `id-${ids.size}`
    ids.set(id, known)
    return known
  })
  const local = new Set(['exported_at', 'version', 'run_id', 'client_message_id'])
  return JSON.parse(named, (name, value: unknown) => (local.has(name) ? undefined : value))
}

forEachDatabase('our own export', (database) => {
  it('comes in as it was, for whoever brings it in', async () => {
    await using harness = await openChat(database)
    const { exports, imports } = harness.chat
    await fc.assert(
      fc.asyncProperty(conversation, async (sketch) => {
        const [from, to] = [await harness.newUser(), await harness.newUser()]
        const id = await draw(sketch, from, harness)
        const single = await textOf((await exports.json(from, id)).text)
        const everything = await textOf(exports.everything(from))
        assert.deepEqual(withoutIds(everything), single.startsWith('[') ? withoutIds(single) : [withoutIds(single)])

        const bring = async (text: string) =>
          await imports.read(to, Readable.from([Buffer.from(text)]), { isDryRun: false })
        const report = await bring(single)
        assert.deepEqual([report.imported, report.problems], [1, []])
        assert.deepEqual(withoutIds(await textOf(exports.everything(to))), withoutIds(everything))
        const again = await bring(everything)
        assert.deepEqual([again.duplicates, again.files, again.problems], [1, 0, []])
      }),
      { numRuns: 25 },
    )
  })

  it('has large files in parts, and what is no file any more by its name', async () => {
    await using harness = await openChat(database)
    const { exports, imports, attachments } = harness.chat
    const [from, to] = [await harness.newUser(), await harness.newUser()]
    const content = Buffer.concat([pngHead, randomBytes(14_000_000)])
    const large = await attachments.upload(from, { name: 'large.png', content: Readable.from([content]) })
    const gone = await attachments.upload(from, { name: 'gone.txt', content: Readable.from([Buffer.from('x')]) })
    const { id } = await harness.chat.conversations.create(from, { title: 'files' }, 'en')
    harness.engine.answerWith('ok')
    const sent = {
      userId: from,
      conversationId: id,
      content: 'x',
      attachments: [large.id, gone.id],
      language: 'en' as const,
    }
    const { runId } = await harness.chat.replies.send(sent)
    await harness.chat.runs.ended(runId, AbortSignal.timeout(5_000))
    await attachments.remove(from, gone.id)

    const text = await textOf((await exports.json(from, id)).text)
    assert.deepEqual(
      (JSON.parse(text) as { part?: number }[]).map(({ part }) => part),
      [0, 1, 2, undefined],
    )
    const file = () => Readable.from([Buffer.from(text)])
    const tried = await imports.read(to, file(), { isDryRun: true })
    assert.deepEqual([tried.imported, tried.files], [1, 0])
    const report = await imports.read(to, file(), { isDryRun: false })
    assert.deepEqual([report.imported, report.files, report.problems], [1, 1, []])
    const [copy] = (await attachments.list(to, { page: 1, limit: 10 })).items
    const read = (await attachments.tryRead([copy?.id ?? ''])).get(copy?.id ?? '')
    const pieces: Buffer[] = []
    for await (const piece of read?.pieces() ?? []) pieces.push(piece)
    assert.ok(Buffer.concat(pieces).equals(content))
    const page = await exports.html(from, id)
    assert.ok(page.text.includes(`<img src="data:image/png;base64,${content.subarray(0, 30).toString('base64')}`))
    assert.match(page.text, /<p class="file">gone\.txt<\/p>/)
    assert.match((await exports.markdown(from, id)).text, /\[large\.png\]\(\/api\/attachments\//)
  })

  it('says of a file that cannot be kept why, and brings in the rest', async () => {
    await using harness = await openChat(database)
    const part = (id: string, data: string) => ({ format: 'parley-attachment', id, name: id, part: 0, parts: 1, data })
    const file = [
      part('bad', Buffer.from('PK\x03\x04').toString('base64')),
      part('good', Buffer.from('text').toString('base64')),
    ]
    const said = { format: 'parley-conversation', conversation: { id: 'c', title: 't' }, messages: [] }
    const text = JSON.stringify([...file, { ...part('cut', 'eA=='), parts: 2 }, said])
    const report = await harness.chat.imports.read(harness.userId, Readable.from([Buffer.from(text)]), {
      isDryRun: false,
    })
    assert.deepEqual([report.imported, report.files], [1, 1])
    assert.deepEqual(
      report.problems.map(({ title }) => title),
      ['bad'],
    )
    const { store } = harness
    assert.equal(
      (await store.database.selectFrom('stored_file').select('id').where('hash', 'is', null).execute()).length,
      0,
    )
  })
})
