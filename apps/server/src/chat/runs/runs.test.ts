import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import fc from 'fast-check'
import { type ChatHarness, openChat, quiet } from '../testing/chat-harness.ts'
import { foldLog } from './message-fold.ts'
import { runEventsAfter } from './repository.ts'
import type { LoggedEvent } from './run-event.ts'

const never = new AbortController().signal

forEachDatabase('a run', (database) => {
  let harness: ChatHarness
  const warnings: string[] = []

  before(async () => {
    const warn = (_: unknown, message?: string) => void warnings.push(message ?? '')
    harness = await openChat(database, { log: { ...quiet, warn } })
  })
  after(async () => await harness[Symbol.asyncDispose]())

  async function start(content = 'hello') {
    const { chat, engine, userId } = harness
    engine.script = undefined
    const conversationId = await harness.newConversation()
    const started = await chat.replies.send({ userId, conversationId, content, language: 'zh' })
    return { ...started, conversationId, call: await engine.nextCall() }
  }

  async function logOf(runId: string, position = 0): Promise<LoggedEvent[]> {
    return await runEventsAfter({ runId, after: position, limit: 10_000 }, harness.store.database)
  }

  async function readAll(runId: string, position = 0): Promise<LoggedEvent[]> {
    const seen: LoggedEvent[] = []
    for await (const events of harness.chat.runs.read(runId, { after: position, signal: never })) seen.push(...events)
    return seen
  }

  it('is written before anybody is told of it', async () => {
    const { runId, call } = await start()
    const checked = (async () => {
      let count = 0
      for await (const events of harness.chat.runs.read(runId, { after: 0, signal: never })) {
        const onDisk = new Map((await logOf(runId)).map(({ seq, event }) => [seq, event]))
        for (const { seq, event } of events) assert.deepEqual(onDisk.get(seq), event)
        count += events.length
      }
      return count
    })()
    for (const piece of ['one ', 'two ', 'three']) await call.say(piece)
    call.finish()
    assert.equal(await checked, (await logOf(runId)).length)
  })

  it('gives its first words while the rest is still to come', async () => {
    const { runId, call } = await start()
    const reader = harness.chat.runs.read(runId, { after: 3, signal: never })
    await call.say('first')
    const seen: LoggedEvent[] = []
    for await (const events of reader) {
      seen.push(...events)
      if (seen.some(({ event }) => event.type === 'text')) break
    }
    assert.deepEqual(seen.at(-1)?.event, { type: 'text', index: 0, text: 'first' })
    assert.equal((await harness.chat.runs.get(harness.userId, runId)).status, 'running')
    call.finish()
  })

  it('joins what comes while the disk is busy: longer events, not more, and nothing lost', async () => {
    const { runId, call } = await start()
    const pieces = Array.from({ length: 2_000 }, (_, index) => `${index} `)
    for (const piece of pieces) await call.say(piece)
    call.finish()
    const seen = await readAll(runId)
    const texts = seen.flatMap(({ event }) => (event.type === 'text' ? [event.text] : []))
    assert.equal(texts.join(''), pieces.join(''))
    assert.ok(texts.length < 100, `${texts.length} events`)
  })

  it('can be taken up at every number, and always gives the same rest', async () => {
    const { runId, call } = await start()
    await call.say('a', { type: 'thinking', index: 1, text: 'b' }, 'c', { type: 'thinking', index: 1, text: 'd' })
    call.finish()
    const whole = await readAll(runId)
    assert.deepEqual(
      whole.map(({ seq }) => seq),
      whole.map((_, index) => index + 1),
    )
    for (let position = 0; position <= whole.length; position += 1) {
      assert.deepEqual(await readAll(runId, position), whole.slice(position))
    }
  })

  it('shows every reader the same sequence, whenever they come and however slow they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ minLength: 1, maxLength: 8 }), fc.constant('reader'), fc.constant('pause')), {
          maxLength: 30,
        }),
        fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
        async (steps, turnsOfSlowReaders) => {
          const { runId, call } = await start()
          const readers: Promise<LoggedEvent[]>[] = turnsOfSlowReaders.map((turns) => readSlowly(runId, turns))
          for (const step of steps) {
            if (step === 'reader') readers.push(readSlowly(runId, 0))
            else if (step === 'pause') await nextTurn()
            else await call.say(step)
          }
          call.finish()
          const sequences = await Promise.all([...readers, readAll(runId)])
          const log = await logOf(runId)
          for (const sequence of sequences) assert.deepEqual(sequence, log)
        },
      ),
      { numRuns: 15 },
    )
  })

  async function readSlowly(runId: string, turns: number): Promise<LoggedEvent[]> {
    const seen: LoggedEvent[] = []
    for await (const events of harness.chat.runs.read(runId, { after: 0, signal: never })) {
      seen.push(...events)
      for (let turn = 0; turn < turns; turn += 1) await nextTurn()
    }
    return seen
  }

  it('is not held back by a reader that takes nothing, who gets it all later', async () => {
    const { runId, call } = await start()
    const slow = harness.chat.runs.read(runId, { after: 0, signal: never })
    const first = await slow.next()
    const fast = readAll(runId)
    for (let index = 0; index < 400; index += 1) {
      await call.say({ type: 'text', index, text: 'x' })
      if (index % 20 === 0) await nextTurn()
    }
    call.finish()
    const whole = await fast
    const rest: LoggedEvent[] = [...(first.value ?? [])]
    for await (const events of slow) rest.push(...events)
    assert.deepEqual(rest, whole)
    assert.equal(whole.length > 400, true)
  })

  it('goes on when its reader leaves, and ends with its text in the message', async () => {
    const { runId, messageId, call } = await start()
    const leaving = new AbortController()
    const reader = harness.chat.runs.read(runId, { after: 0, signal: leaving.signal })
    await reader.next()
    leaving.abort()
    assert.equal((await reader.next()).done, true)
    assert.equal(call.signal.aborted, false)
    await call.say('still ', 'here', { type: 'finish', reason: 'stop' })
    call.finish()
    await harness.chat.runs.ended(runId, never)
    const message = await harness.chat.messages.get(messageId)
    assert.equal(message.content, 'still here')
    assert.deepEqual([message.status, message.end_reason, message.ai_error], ['done', 'stop', 0])
    assert.deepEqual([message.input_tokens, message.output_tokens, message.cost_usd], [7, 5, 0.0000015])
  })

  it('keeps any text, whatever characters a model writes', async () => {
    const { runId, messageId, call } = await start()
    await call.say('NUL \0, half an emoji \ud83d, quotes "\\", ', '\u2028 😀')
    call.finish()
    assert.equal((await harness.chat.runs.ended(runId, never))?.status, 'done')
    const { content } = await harness.chat.messages.get(messageId)
    assert.match(content, /^NUL , half an emoji ., quotes "\\", \u2028 😀$/)
  })

  it('keeps on a stop exactly what its readers have seen', async () => {
    const { runId, messageId, call } = await start()
    const seen = readAll(runId)
    await call.say('kept')
    const run = await harness.chat.runs.stop(harness.userId, runId)
    await call.say(' lost')
    assert.equal(run.status, 'stopped')
    assert.equal(call.signal.aborted, true)
    assert.equal(foldLog(await seen).get(messageId)?.content, 'kept')
    const message = await harness.chat.messages.get(messageId)
    assert.deepEqual([message.content, message.status, message.ai_error], ['kept', 'stopped', 0])
    assert.equal((await harness.chat.runs.stop(harness.userId, runId)).status, 'stopped')
  })

  it('can be stopped and read from another node', async () => {
    const { runId, messageId, call } = await start()
    const other = await harness.otherNode()
    const seen: LoggedEvent[] = []
    const reading = (async () => {
      for await (const events of other.chat.runs.read(runId, { after: 0, signal: never })) seen.push(...events)
    })()
    await call.say('over there')
    const run = await other.chat.runs.stop(harness.userId, runId)
    await reading
    assert.equal(run.status, 'stopped')
    assert.equal(foldLog(seen).get(messageId)?.content, 'over there')
  })

  it('fails with the words of the person’s language, and with the text it had', async () => {
    const { runId, messageId, call } = await start()
    await call.say('half')
    call.fail('upstream_failed', 'AI service is temporarily unavailable.')
    const ending = await harness.chat.runs.ended(runId, never)
    assert.deepEqual(ending, { status: 'failed', error: { code: 'upstream_failed', message: 'AI 服务暂时不可用' } })
    const message = await harness.chat.messages.get(messageId)
    assert.deepEqual([message.content, message.ai_error, message.error_message], ['half', 1, 'AI 服务暂时不可用'])
  })

  it('fails, and does not hang, when the engine breaks', async () => {
    const { runId, call } = await start()
    call.break(new Error('a bug'))
    const ending = await harness.chat.runs.ended(runId, never)
    assert.equal(ending?.status, 'failed')
    assert.equal(ending?.error?.code, 'internal')
  })

  it('of a dead process is ended as interrupted, with all that is in its log, once', async () => {
    const other = await harness.otherNode()
    const conversationId = await harness.newConversation()
    const { userId } = harness
    const { runId, messageId } = await other.chat.replies.send({
      userId,
      conversationId,
      content: 'hi',
      language: 'en',
    })
    const call = await other.engine.nextCall()
    await call.say('before the crash')
    await settled(async () => (await logOf(runId)).some(({ event }) => event.type === 'text'))
    const counts = await Promise.all([
      harness.chat.recoverRuns([other.nodeId]),
      harness.chat.recoverRuns([other.nodeId]),
    ])
    assert.equal(counts[0] + counts[1], 1)
    const message = await harness.chat.messages.get(messageId)
    assert.deepEqual([message.content, message.status], ['before the crash', 'interrupted'])
    assert.equal((await harness.chat.runs.get(userId, runId)).status, 'interrupted')

    // The process was only thought dead: it finds out, and takes nothing back.
    await call.say(' and after')
    await settled(async () => call.signal.aborted)
    assert.deepEqual((await readAll(runId)).at(-1)?.event, { type: 'end', status: 'interrupted' })
    assert.equal((await harness.chat.messages.get(messageId)).content, 'before the crash')
  })

  it('ends for its readers when its conversation is deleted', async () => {
    const { runId, conversationId, call } = await start()
    const seen = readAll(runId)
    await call.say('going')
    await harness.chat.conversations.remove(harness.userId, conversationId)
    assert.deepEqual((await seen).at(-1)?.event, { type: 'end', status: 'stopped' })
    assert.equal(call.signal.aborted, true)
    await assert.rejects(harness.chat.runs.get(harness.userId, runId), { code: 'not_found' })
    assert.deepEqual(await logOf(runId), [])
  })

  it('gives up quietly when its log is taken away', async () => {
    const { runId, conversationId, call } = await start()
    const seen = readAll(runId)
    await harness.store.database.deleteFrom('conversation').where('id', '=', conversationId).execute()
    await call.say('to nobody')
    await seen
    await settled(async () => call.signal.aborted)
  })

  it('is ended once the database is back that was away, with what was seen, and its conversation goes on', async () => {
    const { runId, messageId, conversationId, call } = await start()
    await call.say('seen')
    await settled(async () => (await logOf(runId)).some(({ event }) => event.type === 'text'))
    const { store, userId } = harness
    const tables = ['run', 'run_event'] as const
    for (const table of tables) await store.database.schema.alterTable(table).renameTo(`${table}_away`).execute()
    await call.say(' lost')
    await settled(async () => warnings.includes('a run could not be ended, trying again'))
    for (const table of tables) {
      const away = `${table}_away` as 'run'
      await store.database.schema.alterTable(away).renameTo(table).execute()
    }
    const last = (await readAll(runId)).at(-1)
    assert.deepEqual(last?.event, { type: 'end', status: 'interrupted' })
    const message = await harness.chat.messages.get(messageId)
    assert.deepEqual([message.content, message.status], ['seen', 'interrupted'])
    await harness.chat.replies.send({ userId, conversationId, content: 'go on', language: 'en' })
    const next = await harness.engine.nextCall()
    next.finish()
  })

  it('is finished as interrupted, with its text, when the process stops', async () => {
    const other = await harness.otherNode()
    const conversationId = await harness.newConversation()
    const { userId } = harness
    const { messageId } = await other.chat.replies.send({ userId, conversationId, content: 'hi', language: 'en' })
    const call = await other.engine.nextCall()
    await call.say('so far')
    await other.chat.drain(5)
    await assert.rejects(other.chat.replies.send({ userId, conversationId, content: 'more', language: 'en' }), {
      code: 'not_ready',
    })
    await other.chat[Symbol.asyncDispose]()
    const message = await harness.chat.messages.get(messageId)
    assert.deepEqual([message.content, message.status], ['so far', 'interrupted'])
  })

  it('has a log that is deleted after some days, with nothing said lost, but not while it runs', async () => {
    const { runId, messageId, call } = await start()
    const other = await start()
    await call.say('said')
    call.finish()
    await harness.chat.runs.ended(runId, never)
    const { logKeeping, runs, messages } = harness.chat
    await logKeeping.deleteLogsBefore(Date.now() - 60_000)
    assert.equal((await runs.getReadable(harness.userId, runId)).id, runId)
    assert.ok((await logKeeping.deleteLogsBefore(Date.now() + 1_000)) > 0)
    assert.deepEqual(await logOf(runId), [])
    const told = (await readAll(runId)).map(({ event }) => event)
    assert.ok(told.some((event) => event.type === 'text' && event.text === 'said'))
    assert.deepEqual(told.at(-1), { type: 'end', status: 'done' })
    assert.deepEqual(await readAll(runId, 2), [])
    await assert.rejects(runs.getReadable(harness.userId, runId), { code: 'not_found' })
    assert.equal((await messages.get(messageId)).content, 'said')
    assert.ok((await logOf(other.runId)).length > 0)
    other.call.finish()
  })

  it('belongs to the one who began it', async () => {
    const { runId, call } = await start()
    const stranger = await harness.newUser()
    await assert.rejects(harness.chat.runs.get(stranger, runId), { code: 'forbidden' })
    await assert.rejects(harness.chat.runs.stop(stranger, runId), { code: 'forbidden' })
    call.finish()
  })
})

async function settled(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await nextTurn()
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
