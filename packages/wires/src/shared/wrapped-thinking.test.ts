import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatEvent, type JsonObject, tryWithoutWrapped, wires, type WireName } from '../index.ts'
import { wrapSummary } from './opaque.ts'

const context = { id: 'r', model: 'm', createdAt: 1 }

/** What a client of the wire is given, and hands back, when another wire's upstream has thought. */
function blocksOf(wire: WireName, thoughts: readonly Partial<Extract<ChatEvent, { type: 'thinking' }>>[]) {
  const events: ChatEvent[] = [
    { type: 'start', id: 'r', model: 'm' },
    ...thoughts.flatMap((thought, index): ChatEvent[] => [
      { type: 'thinking', index, text: '', ...thought },
      { type: 'block-end', index },
    ]),
    { type: 'finish', reason: 'stop' },
  ]
  return wires[wire].writeResponse(events, context)
}

const ofOpenAi = [
  { text: 'Hm.', encrypted: 'ZW5j', id: 'rs_1', wire: 'openai-responses' as const },
  { encrypted: 'ZW5j', id: 'rs_2', wire: 'openai-responses' as const },
]
const ofAnthropic = [{ text: 'Hm.', signature: 'c2ln', wire: 'anthropic' as const }]

function without(request: JsonObject): JsonObject | undefined {
  return tryWithoutWrapped(Buffer.from(JSON.stringify(request)))
}

const own = { type: 'thinking', thinking: 'Own.', signature: 'b3du' }
const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { signature: 'parley: the house' } }

describe('other upstreams’ thinking in a request that stays on its wire', () => {
  it('goes from an Anthropic request, and with it a message of nothing else', () => {
    const wrapped = blocksOf('anthropic', ofOpenAi).content as JsonObject[]
    assert.equal(wrapped.length, 2)
    const question = { role: 'user', content: 'Hi' }
    const request = (...turns: JsonObject[]) => ({ model: 'm', messages: [question, ...turns, question] })
    assert.deepEqual(
      without(
        request({ role: 'assistant', content: [...wrapped, own, call] }, question, {
          role: 'assistant',
          content: wrapped,
        }),
      ),
      request({ role: 'assistant', content: [own, call] }, question),
    )
  })

  it('stays as words where it is the summary of a Responses conversation', () => {
    const last = { role: 'user', content: 'Go on.' }
    const compacted = { type: 'compaction', encrypted_content: wrapSummary('We build a boat.') }
    const text = 'Summary of the conversation so far:\n\nWe build a boat.'
    assert.deepEqual(without({ model: 'm', input: [compacted, last] }), {
      model: 'm',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }, last],
    })
  })

  it('goes from a Responses request', () => {
    const wrapped = blocksOf('openai-responses', ofAnthropic).output as JsonObject[]
    assert.equal(wrapped.length, 1)
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'ZW5j' }
    assert.deepEqual(without({ model: 'm', input: [...wrapped, item], tools: [] }), {
      model: 'm',
      input: [item],
      tools: [],
    })
  })

  it('goes from a Gemini request', () => {
    const reply = blocksOf('gemini', ofAnthropic) as { candidates: { content: { parts: JsonObject[] } }[] }
    const wrapped = reply.candidates[0]?.content.parts ?? []
    assert.equal(wrapped.length, 1)
    const part = { functionCall: { name: 'look', args: {} }, thoughtSignature: 'c2ln' }
    const contents = (parts: JsonObject[]) => ({ contents: [{ role: 'model', parts }] })
    assert.deepEqual(without(contents([...wrapped, part])), contents([part]))
  })

  it('leaves a request alone that has none of it', () => {
    const messages = [{ role: 'assistant', content: [own, call] }]
    assert.equal(without({ model: 'm', messages: [...messages, { role: 'user', content: 'parley: hi' }] }), undefined)
    assert.equal(without({ model: 'm', messages: [{ role: 'user', content: [] }], note: 'parley:' }), undefined)
  })

  it('keeps long whole numbers as they were', () => {
    const wrapped = JSON.stringify(blocksOf('anthropic', ofOpenAi).content)
    const body = `{"messages":[{"role":"assistant","content":${wrapped}}],"id":12345678901234567890}`
    assert.equal(JSON.stringify(tryWithoutWrapped(Buffer.from(body))), '{"messages":[],"id":12345678901234567890}')
  })
})
