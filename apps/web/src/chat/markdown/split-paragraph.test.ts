import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { splitParagraph } from './split-paragraph.ts'

const words = (count: number) => 'all work and no play '.repeat(Math.ceil(count / 21)).slice(0, count - 1) + 's'
const rejoined = (block: string) => (splitParagraph(block) ?? []).map(({ text, gap }) => text + gap).join('')

describe('cutting a very long paragraph', () => {
  it('leaves what is short, and what is no paragraph', () => {
    for (const whole of [
      words(500),
      `- ${words(3000)}`,
      `1. ${words(3000)}`,
      `> ${words(3000)}`,
      `| ${words(3000)}`,
      `${words(3000)}\n===`,
      `${words(3000)}\n|---|---|`,
      `${words(3000)}\n- and a list`,
    ]) {
      assert.equal(splitParagraph(whole), undefined, whole.slice(0, 40))
    }
  })

  it('cuts at spaces and after Chinese full stops, and loses nothing', () => {
    for (const whole of [words(5000), '千里之行，始于足下。'.repeat(400), `${words(5000)}\nand a second line`]) {
      const pieces = splitParagraph(whole)
      assert.ok((pieces?.length ?? 0) > 3)
      assert.equal(rejoined(whole), whole)
    }
  })

  it('cuts nowhere inside of what is open, or where something else would begin', () => {
    for (const open of ['**', '`', '[', '[a](', '$', '\\'])
      assert.equal(splitParagraph(open + words(4000)), undefined, open)
    const lists = 'word 1. - # > '.repeat(300)
    for (const { text } of splitParagraph(lists) ?? []) assert.match(text, /^word/)
  })

  it('keeps every piece but the last as a text grows', () => {
    const whole = `${words(900)} with **some emphasis and \`code\` in it**, ${words(2500)} and [a link](https://a.example/b_c), ${words(900)}`
    let known: readonly string[] = []
    for (let length = 1; length <= whole.length; length += 1) {
      const pieces = (splitParagraph(whole.slice(0, length)) ?? []).map(({ text }) => text)
      assert.deepEqual(pieces.slice(0, Math.max(0, known.length - 1)), known.slice(0, -1))
      known = pieces
    }
    assert.ok(known.length > 3)
  })
})

it('takes time linear in what is cut, also where nothing can be', async () => {
  for (const repeated of ['a ', '* a ', '](a ', '[a ', '。啊'])
    await assertLinear(splitParagraph, { before: 'a ', repeated })
  await assertLinear(splitParagraph, { before: `${words(1300)}\n`, repeated: ' ', after: '.' })
  await assertLinear(splitParagraph, { before: `${words(1300)}\n`, repeated: '=', after: '.' })
})
