import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonObject, WireError, wires } from '../index.ts'
import { writeContext } from '../testing/bytes.ts'
import { called, reply, said, thought } from '../testing/replies.ts'
import { conversationItems, expandState, type StoredItems } from './state.ts'

const wire = wires['openai-responses']

const nothing: StoredItems = { previous: undefined, find: () => undefined }

function respond(expanded: JsonObject): JsonObject {
  const events = reply([
    ...thought(0, 'Hm.', 'SIGNATURE'),
    ...said(1, 'Let me look.'),
    ...called(2, { id: 'toolu_1', name: 'f' }, '{}'),
  ])
  return wire.writeResponse(events, { ...writeContext, request: wire.readRequest(expanded) })
}

describe('the stored state of Responses', () => {
  const first = expandState({ model: 'm', input: 'Hi', instructions: 'Be brief.' }, nothing)
  const stored = conversationItems(first, respond(first))
  const roles = (body: JsonObject) => wire.readRequest(body).messages.map(({ role }) => role)

  it('puts the previous conversation before the new input, without its instructions', () => {
    const output = { type: 'function_call_output', call_id: 'call_via_toolu_1', output: 'ok' }
    const body = expandState(
      { model: 'm', input: [output], previous_response_id: 'resp_1' },
      { ...nothing, previous: stored },
    )
    assert.equal(body.previous_response_id, undefined)
    assert.deepEqual(roles(body), ['user', 'assistant', 'user'])
    const [, assistant, user] = wire.readRequest(body).messages
    assert.deepEqual(assistant?.content[0], {
      type: 'thinking',
      text: 'Hm.',
      signature: 'SIGNATURE',
      wire: 'anthropic',
    })
    assert.deepEqual(user?.content[0], {
      type: 'tool-result',
      toolCallId: 'toolu_1',
      content: [{ type: 'text', text: 'ok' }],
    })
  })

  it('puts items in the place of references to them, with and without a type', () => {
    const find = (id: string) => stored.find((item) => item.id === id)
    const ids = stored.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
    assert.equal(ids.length, 3)
    const references = ids.map((id, index) => (index === 0 ? { id } : { type: 'item_reference', id }))
    const body = expandState(
      { model: 'm', input: [{ role: 'user', content: 'Hi' }, ...references] },
      { ...nothing, find },
    )
    assert.deepEqual(roles(body), ['user', 'assistant'])
  })

  for (const [field, body] of Object.entries<JsonObject>({
    previous_response_id: { model: 'm', input: 'Hi', previous_response_id: 'resp_9' },
    'input[0]': { model: 'm', input: [{ type: 'item_reference', id: 'msg_9' }] },
  })) {
    it(`names ${field} when nothing is stored under it`, () => {
      assert.throws(
        () => expandState(body, nothing),
        (error) => error instanceof WireError && error.field === field,
      )
    })
  }
})
