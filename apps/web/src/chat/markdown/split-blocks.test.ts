import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { splitBlocks } from './split-blocks.ts'

describe('cutting Markdown', () => {
  it('cuts between paragraphs, headings and what follows a list', () => {
    assert.deepEqual(splitBlocks('# A\n\none\ntwo\n\nthree'), ['# A\n', 'one\ntwo\n', 'three'])
    assert.deepEqual(splitBlocks('1. a\n\n2. b\n\nafter'), ['1. a\n\n2. b\n', 'after'])
  })

  it('leaves code, formulas and loose lists whole, however many blank lines are in them', () => {
    for (const whole of [
      '```ts\na\n\nb\n\nc\n```',
      '~~~~\n```\n\nnot the end\n~~~~',
      '$$\na\n\nb\n$$',
      '- a\n\n  more of it\n\n- b',
      '```\nnever closed\n\nmore',
    ]) {
      assert.deepEqual(splitBlocks(whole), [whole])
    }
  })

  it('does not cut where a link is defined elsewhere', () => {
    const whole = 'see [it]\n\nmore\n\n[it]: https://example.com'
    assert.deepEqual(splitBlocks(whole), [whole])
  })

  it('changes at most the last two pieces of a text that grows, and loses nothing', () => {
    const text = 'one\n\n- a\n- b\n\ntwo `x`\n\n```\ncode\n\nmore\n```\n\nend'
    let known: readonly string[] = []
    for (let length = 1; length <= text.length; length += 1) {
      const blocks = splitBlocks(text.slice(0, length))
      assert.deepEqual(blocks.slice(0, Math.max(0, known.length - 2)), known.slice(0, -2))
      assert.equal(blocks.join('\n'), text.slice(0, length))
      known = blocks
    }
  })
})

it('takes time linear in what is cut', async () => {
  for (const repeated of ['[\n', '\n[', ':\n[\n', '\n[a', '\n[\\', '```\n', '$$\n', ' '])
    await assertLinear(splitBlocks, { repeated })
})
