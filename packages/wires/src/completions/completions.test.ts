import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatEvent, noUsage, WireError } from '../neutral.ts'
import { SseDecoder } from '../sse.ts'
import { completions } from './completions.ts'

const context = { id: 'abc', model: 'm', createdAt: 1 }
const usage = { ...noUsage, input: 3, output: 2 }
const events: ChatEvent[] = [
  { type: 'start', id: 'msg_1', model: 'upstream' },
  { type: 'thinking', index: 0, text: 'Hm.' },
  { type: 'text', index: 1, text: '你好' },
  { type: 'text', index: 1, text: ' world' },
  { type: 'block-end', index: 1 },
  { type: 'usage', usage },
  { type: 'finish', reason: 'length' },
]

function stream(includeUsage: boolean): string {
  return events.map(completions.writeStream({ ...context, includeUsage })).join('')
}

describe('legacy completions', () => {
  it('ask a chat: the prompt is what the user says', () => {
    const request = completions.readRequest({ model: 'm', prompt: 'Once', max_tokens: 9, stop: ['.'], stream: true })
    assert.deepEqual(request.messages, [{ role: 'user', content: [{ type: 'text', text: 'Once' }] }])
    assert.deepEqual([request.maxTokens, request.stop, request.stream], [9, ['.'], true])
  })

  it('come whole', () => {
    const body = completions.writeResponse(events, context)
    assert.equal(body.object, 'text_completion')
    assert.deepEqual(body.choices, [{ text: '你好 world', index: 0, logprobs: null, finish_reason: 'length' }])
  })

  it('come as a stream, its usage only when asked for', () => {
    const pieces = new SseDecoder().push(Buffer.from(stream(true))).map(({ data }) => data)
    assert.equal(pieces.at(-1), '[DONE]')
    assert.match(pieces.at(-2) ?? '', /"choices":\[\],"usage":/)
    assert.doesNotMatch(stream(false), /usage/)
  })

  it('are metered the same however the bytes are cut', () => {
    for (const size of [1, 7, 100_000]) {
      const meter = completions.meter('stream')
      const bytes = Buffer.from(stream(true))
      for (let at = 0; at < bytes.length; at += size) meter.push(bytes.subarray(at, at + size))
      meter.end()
      assert.deepEqual(
        [meter.usage, meter.isFinished, meter.hasContent, meter.contentLength],
        [usage, true, true, '你好 world'.length],
      )
    }
  })

  it('that are cut are not taken for whole', () => {
    const meter = completions.meter('stream')
    meter.push(Buffer.from(stream(false).slice(0, 150)))
    meter.end()
    assert.equal(meter.isFinished, false)
  })

  for (const [field, body] of Object.entries({
    prompt: { prompt: ['a', 'b'] },
    suffix: { prompt: 'a', suffix: 'b' },
    echo: { prompt: 'a', echo: true },
    logprobs: { prompt: 'a', logprobs: 3 },
    best_of: { prompt: 'a', best_of: 2 },
  })) {
    it(`name ${field} when a chat cannot say it`, () => {
      assert.throws(
        () => completions.readRequest({ model: 'm', ...body }),
        (error) => error instanceof WireError && error.field === field,
      )
    })
  }
})
