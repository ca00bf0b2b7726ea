import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { withMarkedFormulas } from './math-delimiters.ts'

const converts = (text: string, expected: string) => assert.equal(withMarkedFormulas(text), expected)
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

  it('are no brackets around a number or a word', () => {
    for (const text of [
      'see \\[1\\]',
      'see \\[2, 3\\] and \\[Smith 2020\\]',
      '\\[x\\] done',
      '\\[注1\\]',
      'so he said \\[…\\] and left',
      '[\\[4\\]](https://a.example)',
    ])
      leaves(text)
    converts('\\[1\\] has \\[x^2\\]', '\\[1\\] has $$x^2$$')
    converts('\\[ 42 \\]', '$$\n42\n$$')
    converts('is \\(42\\) or \\(n\\)', 'is $$42$$ or $$n$$')
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
      '$',
      '$a',
      '$1 ',
      '$$',
      '$$ ',
      '$a$ ',
      '- \\[',
      '>',
    ])
      await assertLinear(withMarkedFormulas, { before: '\\(', repeated, after: '\\)' })
  })
})

describe('formulas between dollars', () => {
  it('are marked in their line', () => {
    converts('With $x$, $x^2$ and $\\frac{1}{2}$.', 'With $$x$$, $$x^2$$ and $$\\frac{1}{2}$$.')
    converts('设$x$为($y$)', '设$$x$$为($$y$$)')
    converts('| $a$ | $b$ |', '| $$a$$ | $$b$$ |')
    converts('$2 \\text{ apples}$, $2x$ and $5$', '$$2 \\text{ apples}$$, $$2x$$ and $$5$$')
    converts('$a\n+ b$', '$$a\n+ b$$')
    converts('\\[ \\text{if $x$} \\]', '$$\n\\text{if $x$}\n$$')
    converts('costs $5, where $n$ is one', 'costs $5, where $$n$$ is one')
  })

  it('are no prices, variables, code, marks that were escaped, and nothing across paragraphs', () => {
    for (const text of [
      'costs $5 and $10',
      'from $5 to $10, or $3–$4/month',
      'US$5 (AU$7) and A$8.',
      'between $5 and US$10, $20 (US$)',
      'set $PATH or $HOME, ${HOME} or $(pwd)',
      'a $ b $ c',
      '`$x$`',
      '\\$x$ and $x\\$',
      'one $x\n\ntwo y$',
      '$$x$$ and $$\na $b$\n$$',
      'https://a.example/?a=$b&c=$d',
      '```\n$x$\n```',
    ])
      leaves(text)
  })
})
