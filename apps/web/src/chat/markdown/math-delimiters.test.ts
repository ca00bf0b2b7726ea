import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { withDollars } from './math-delimiters.ts'

const converts = (text: string, expected: string) => assert.equal(withDollars(text), expected)
const leaves = (text: string) => converts(text, text)

describe('formulas between brackets', () => {
  it('stand in their line between dollars that are no prices', () => {
    converts('for $5, \\( x^2 \\) and \\(y\\)', 'for $5, $$x^2$$ and $$y$$')
    converts('\\(a\n> + b\\)', '$$a + b$$')
    converts('so \\[ x \\] holds', 'so $$x$$ holds')
  })

  it('are lines of their own where they begin one', () => {
    converts('We have\n\\[ x = y \\]\nthen', 'We have\n$$\nx = y\n$$\nthen')
    converts('\\[\n  a \\\\[4pt]\n\n  b\n\\]', '$$\na \\\\[4pt]\nb\n$$')
    converts('\\[ x \\], where', '$$\nx\n$$\n, where')
  })

  it('stay in their list or quote', () => {
    converts('- \\[ x \\]\n- next', '-\n  $$\n  x\n  $$\n- next')
    converts('2. so\n   \\[\n   x\n   \\]', '2. so\n   $$\n   x\n   $$')
    converts('> \\[\n> x\n> \\]', '> $$\n> x\n> $$')
  })

  it('are none in code, without an end, without words, after a backslash, or across paragraphs', () => {
    for (const text of [
      '`\\(x\\)`',
      '`` ` \\(x\\) ``',
      '```tex\n\\[ x \\]\n```',
      '~~~\n\\(x\\)\n~~~~',
      '\\(x',
      'x\\)',
      '\\(x\\]',
      '\\(\\)',
      '\\\\(x\\\\)',
      '\\(x\n\ny\\)',
      '\\( $$x$$ \\)',
      '```\n\\(x\\)',
    ])
      leaves(text)
    converts('``` x\n\\(a\\)\n```\n\\(b\\)', '``` x\n\\(a\\)\n```\n$$b$$')
    converts('a ` b\n\n\\(c\\) ` d', 'a ` b\n\n$$c$$ ` d')
    converts('\\`\\(c\\)`', '\\`$$c$$`')
    converts('\\(a \\(b\\)', '\\(a $$b$$')
  })

  it('take time in proportion to the text', async () => {
    for (const repeated of [
      '\\(',
      '\\[x\\]',
      '\\[\n',
      '\\(x\\) ',
      '`',
      '`` ` ',
      '\\`',
      '\n \n',
      '\\(\n ',
      '- \\[',
      '>',
    ])
      await assertLinear(withDollars, { before: '\\(', repeated, after: '\\)' })
  })
})
