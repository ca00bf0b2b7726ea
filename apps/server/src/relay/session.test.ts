import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertLinear } from '@parley/testkit'
import type { JsonObject } from '@parley/wires'
import type { Exchange } from './exchange.ts'
import { sessionKeyOf } from './session.ts'

function keyOf(json: JsonObject, { keyId = 'k1', sessionId }: { keyId?: string; sessionId?: string } = {}) {
  const caller = { keyId, userId: null }
  return sessionKeyOf({ ask: { kind: 'wire', json, sessionId }, caller, conversationId: null } as unknown as Exchange)
}

const turn = (text: string, ...more: string[]) => ({
  system: 'You are helpful.',
  messages: [text, ...more].map((content) => ({ role: 'user', content })),
})

test('the calls of one conversation are one session, however long it gets', () => {
  assert.equal(keyOf(turn('hello')), keyOf(turn('hello', 'and then', 'and more')))
  assert.notEqual(keyOf(turn('hello')), keyOf(turn('good evening')))
})

test('two keys never share a session, whatever their clients say', () => {
  assert.notEqual(keyOf(turn('hello')), keyOf(turn('hello'), { keyId: 'k2' }))
  assert.notEqual(keyOf({}, { sessionId: 's' }), keyOf({}, { sessionId: 's', keyId: 'k2' }))
})

test('the client’s own id counts more than how the conversation begins', () => {
  assert.equal(keyOf(turn('a'), { sessionId: 's' }), keyOf(turn('b'), { sessionId: 's' }))
})

test('the ids of Claude Code and of OpenAI’s prompt cache are found in the body', () => {
  const ofClaudeCode = (id: string) => ({
    ...turn('x'),
    metadata: { user_id: JSON.stringify({ device_id: 'd', session_id: id }) },
  })
  assert.equal(keyOf(ofClaudeCode('1')), keyOf({ ...ofClaudeCode('1'), messages: [] }))
  assert.notEqual(keyOf(ofClaudeCode('1')), keyOf(ofClaudeCode('2')))
  assert.equal(keyOf({ prompt_cache_key: 'c' }), keyOf({ prompt_cache_key: 'c', input: 'something else' }))
})

test('each wire’s first text is found where that wire has it', () => {
  const bodies: JsonObject[] = [
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'T' }] }] },
    { input: [{ role: 'user', content: [{ type: 'input_text', text: 'T' }] }] },
    { input: 'T' },
    { contents: [{ parts: [{ text: 'T' }] }] },
  ]
  assert.equal(new Set(bodies.map((body) => keyOf(body))).size, 1)
})

test('a request that says nothing has no session', () => {
  assert.equal(keyOf({}), undefined)
})

test('a client’s id holds up nobody, however long it is', async () => {
  const keyOfUser = (user_id: string) => keyOf({ metadata: { user_id } })
  await assertLinear(keyOfUser, { repeated: 'session_', after: '!' })
  await assertLinear(keyOfUser, { repeated: '"session_id":"' })
  await assertLinear(keyOfUser, { before: '"session_id"', repeated: ' ' })
})
