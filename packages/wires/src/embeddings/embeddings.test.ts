import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonObject, WireError } from '../neutral.ts'
import { embeddings } from './embeddings.ts'

const vectors = [
  [0.5, -0.25, 1],
  [0, 2, -8],
]
const reply = { vectors, inputTokens: 7 }
const codecs = Object.entries(embeddings)

describe('embeddings', () => {
  for (const [name, codec] of codecs) {
    it(`${name}: what is asked is read back as it was`, () => {
      for (const request of [
        { model: 'm', texts: ['one', '二'] },
        { model: 'm', texts: ['one'], dimensions: 256 },
      ]) {
        assert.deepEqual(codec.readRequest(codec.writeRequest(request), 'm'), request)
      }
    })

    it(`${name}: a reply is read back as it was, and its meter reads what it used`, () => {
      const body = codec.writeReply(reply, { body: { input: 'x', requests: [] }, model: 'm' })
      assert.deepEqual(codec.readReply(body), reply)
      const meter = codec.meter()
      for (const byte of Buffer.from(JSON.stringify(body))) meter.push(Uint8Array.of(byte))
      assert.equal(meter.isFinished, false)
      meter.end()
      assert.deepEqual([meter.isFinished, meter.hasContent, meter.usage?.input], [true, true, 7])
    })

    it(`${name}: what is no reply is not taken for one`, () => {
      const meter = codec.meter()
      meter.push(Buffer.from('{"error":{"message":"no"}}'))
      meter.end()
      assert.equal(meter.isFinished, false)
      assert.throws(() => codec.readReply({ error: {} }), WireError)
    })
  }

  it('come as base64 when they were asked for so', () => {
    const body: JsonObject = { input: 'x', encoding_format: 'base64' }
    const written = embeddings['openai-chat'].writeReply(reply, { body, model: 'm' })
    assert.match(JSON.stringify(written), /"embedding":"[A-Za-z0-9+/=]+"/)
    assert.deepEqual(embeddings['openai-chat'].readReply(written), reply)
  })

  it('of one text come alone where they were asked for so', () => {
    const written = embeddings.gemini.writeReply({ vectors: [[1]], inputTokens: undefined }, { body: {}, model: 'm' })
    assert.deepEqual(written, { embedding: { values: [1] } })
  })

  for (const [field, codec, body] of [
    ['input[1]', embeddings['openai-chat'], { input: ['a', 5] }],
    ['input', embeddings['openai-chat'], {}],
    ['content.parts[0].text', embeddings.gemini, { content: { parts: [{ inlineData: {} }] } }],
    ['requests[0].content', embeddings.gemini, { requests: [{}] }],
  ] as const) {
    it(`name ${field} when it cannot be carried`, () => {
      assert.throws(
        () => codec.readRequest(body as unknown as JsonObject, 'm'),
        (error) => error instanceof WireError && error.field === field,
      )
    })
  }
})
