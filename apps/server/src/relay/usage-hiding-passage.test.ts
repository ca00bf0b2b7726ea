import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { wires } from '@parley/wires'
import fc from 'fast-check'
import { UsageHidingPassage } from './usage-hiding-passage.ts'

const content = [
  'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null}',
  'data: {"id":"c","choices":[{"index":0,"delta":{"content":"你好 👋 \\"usage\\""}}],"usage":null}',
  ': a comment',
  'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}',
]
const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}'
const done = 'data: [DONE]'

function join(events: readonly string[], lineEnd: string): Buffer {
  return Buffer.from(events.map((event) => `${event}${lineEnd}${lineEnd}`).join(''))
}

function pass(bytes: Buffer, cuts: readonly number[]): { output: Buffer; passage: UsageHidingPassage } {
  const passage = new UsageHidingPassage(wires['openai-chat'].meter('stream'))
  const output: Buffer[] = []
  let from = 0
  for (const cut of [...cuts.map((at) => at % bytes.length).sort((a, b) => a - b), bytes.length]) {
    passage.read(bytes.subarray(from, cut))
    output.push(...(passage.write() as Buffer[]))
    from = cut
  }
  output.push(...(passage.end() as Buffer[]))
  return { output: Buffer.concat(output), passage }
}

for (const [name, lineEnd] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
] as const) {
  test(`only the usage event is taken out and its usage is read, whatever the chunking (${name})`, () => {
    const bytes = join([...content, usage, done], lineEnd)
    const expected = join([...content, done], lineEnd)
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (cuts) => {
        const { output, passage } = pass(bytes, cuts)
        assert.deepEqual(output, expected)
        assert.equal(passage.reading.usage?.input, 7)
        assert.equal(passage.reading.usage?.output, 3)
      }),
    )
  })
}

test('a whole event leaves at once', () => {
  const passage = new UsageHidingPassage(wires['openai-chat'].meter('stream'))
  const event = join([content[0] ?? ''], '\n')
  passage.read(event)
  assert.deepEqual(Buffer.concat(passage.write() as Buffer[]), event)
})

test('a last event without its blank line still passes', () => {
  const bytes = Buffer.from('data: [DONE]\n')
  assert.deepEqual(pass(bytes, []).output, bytes)
})

test('a long event in many pieces takes time linear in its length', async () => {
  const inPieces = (text: string) =>
    pass(
      Buffer.from(text),
      Array.from({ length: text.length / 10 }, (_, index) => index * 10),
    )
  await assertLinear(inPieces, { before: 'data: {"choices":[{"delta":{"content":"', repeated: 'x', after: '"}}]}\n\n' })
})
