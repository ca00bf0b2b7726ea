import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonObject, type JsonValue, SseDecoder, WireError, wires } from '../index.ts'
import { writeContext } from '../testing/bytes.ts'
import { reply, said, thought } from '../testing/replies.ts'

const wire = wires['openai-responses']
const tools = [{ type: 'function', name: 'f', parameters: {} }]
const history: JsonValue[] = [{ role: 'user', content: 'Find the word.' }]
const request = wire.readRequest({ model: 'm', tools, input: [...history, { type: 'compaction_trigger' }] })
const context = { ...writeContext, request }
const summarised = reply([...thought(0, 'Hm.', 'SIGNATURE'), ...said(1, 'The word ', 'is found.')])

describe('compaction at upstreams that know no such thing', () => {
  it('asks for a summary in words, and for no tool', () => {
    const [, wish] = request.messages
    assert.match(JSON.stringify(wish), /"role":"user".*summary/)
    assert.deepEqual(request.toolChoice, { type: 'none' })
  })

  it('answers with one item, the same in a stream and whole', () => {
    const write = wire.writeStream(context)
    const events = new SseDecoder().push(Buffer.from(summarised.map(write).join('')))
    assert.deepEqual(
      events.map(({ event }) => event),
      [
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ],
    )
    const last = JSON.parse(events.at(-1)?.data ?? '') as { response: JsonObject }
    assert.deepEqual(wire.writeResponse(summarised, context), last.response)
    const [item, ...others] = last.response.output as JsonObject[]
    assert.deepEqual([item?.type, others], ['compaction', []])
  })

  it('reads the item back as text', () => {
    const { output } = wire.writeResponse(summarised, context)
    const { messages } = wire.readRequest({ model: 'm', input: [...history, ...(output as JsonValue[])] })
    assert.deepEqual(messages.at(-1), {
      role: 'user',
      content: [{ type: 'text', text: 'Summary of the conversation so far:\n\nThe word is found.' }],
    })
  })

  it('fails when there is no summary, and refuses what a provider has compacted', () => {
    const write = wire.writeStream(context)
    assert.match(reply([]).map(write).join(''), /event: response.failed/)
    const input = [{ type: 'compaction', encrypted_content: 'gAAAA' }, ...history]
    assert.throws(
      () => wire.readRequest({ model: 'm', input }),
      (error) => error instanceof WireError && error.field === 'input[0].type',
    )
  })
})
