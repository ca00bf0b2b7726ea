import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from '../testing/chat-harness.ts'
import { openChatServer } from '../testing/chat-server.ts'
import type { FakeCall } from '../testing/fake-engine.ts'

const failed = { code: 'upstream_failed', message: 'AI service is temporarily unavailable.' }

forEachDatabase('a reply that is sent whole', (database) => {
  async function open(completionTimeoutMs = 30_000) {
    const harness = await openChat(database, { completionTimeoutMs })
    const server = await openChatServer(harness)
    const id = await harness.newConversation()
    return {
      harness,
      send: async () => await server.call('POST', `/bare/api/conversations/${id}/messages`, { body: { content: 'x' } }),
      complete: async () =>
        await server.call('POST', '/bare/api/chat/completion', { body: { sessionId: id, content: 'x' } }),
      stream: async () =>
        await server.events('POST', `/api/conversations/${id}/messages/stream`, { body: { content: 'x' } }),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]()
        await harness[Symbol.asyncDispose]()
      },
    }
  }
  const failTimes = (times: number) => async (call: FakeCall) => {
    if (--times >= 0) return call.fail(failed.code, failed.message)
    await call.say('at last')
    call.finish()
  }

  it('is asked for twice more when the model fails, and no more', async () => {
    await using chat = await open()
    const { engine } = chat.harness
    engine.script = failTimes(2)
    const sent = await chat.send()
    assert.equal(sent.status, 201)
    assert.partialDeepStrictEqual(sent.json, { aiMessage: { content: 'at last', ai_error: 0 } })
    assert.equal(engine.calls.length, 3)
    engine.script = failTimes(3)
    assert.equal((await chat.complete()).status, 502)
    assert.equal(engine.calls.length, 6)
    engine.script = failTimes(2)
    assert.equal((await chat.send()).status, 201)
    assert.equal(engine.calls.length, 9)
  })

  it('is not asked for again when the engine has tried often enough, when it was refused, or when it is a stream', async () => {
    await using chat = await open()
    const { engine } = chat.harness
    engine.script = async (call) => call.finish({ endReason: 'upstream_error', attempts: 3, error: failed })
    assert.equal((await chat.send()).status, 202)
    engine.script = async (call) =>
      call.finish({ endReason: 'refused', error: { code: 'rate_limited', message: 'Too many requests.' } })
    assert.equal((await chat.send()).status, 429)
    engine.script = failTimes(1)
    assert.equal((await chat.stream()).at(-1)?.event, 'error')
    assert.equal(engine.calls.length, 3)
  })

  it('has its time: silence is asked again, and what was said by then is kept', async () => {
    await using chat = await open(40)
    const { engine } = chat.harness
    let calls = 0
    engine.script = async (call) => {
      calls += 1
      if (calls < 3) return
      await call.say('slow but there')
      call.finish()
    }
    assert.equal((await chat.send()).status, 201)
    assert.equal(calls, 3)
    engine.script = async (call) => await call.say('only half')
    const cut = await chat.send()
    assert.equal(cut.status, 202)
    assert.partialDeepStrictEqual(cut.json, {
      aiMessage: { content: 'only half', ai_error: 1, status: 'failed' },
      error: 'The AI service did not answer in time.',
    })
    assert.equal(engine.calls.length, 4)
  })
})
