import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { languageOf, sentencesOf, spokenText } from './spoken-text.ts'

describe('what is read aloud', () => {
  it('has the words, not the marks, the code or the addresses', () => {
    const markdown =
      '# A title\n\nSome **bold** words with `code` and [a link](https://example.com/x).\n\n```ts\nconst a = 1\n```\n\n- first\n- second\n\n| a | b |\n|---|---|\n| c | d |\n\nSee https://example.com now. 2 * 3 is 6.\n\n```\nnever closed'
    assert.equal(
      spokenText(markdown),
      'A title\nSome bold words with code and a link.\nfirst\nsecond\na, b\nc, d\nSee now. 2 * 3 is 6.',
    )
  })

  it('has what links and pictures say, also where brackets are in them', () => {
    assert.equal(
      spokenText('[![a tree](t.png)](https://example.com) and [it](https://example.com/a_(b))'),
      'a tree and it',
    )
    assert.equal(spokenText('a [list] (of things) and ![unfinished'), 'a [list] (of things) and ![unfinished')
    assert.equal(spokenText('a *  b\n\n\n  c  |  d\n|   e   |'), 'a * b\nc, d\ne')
  })

  it('has no code of a list either, and what comes after it', () => {
    assert.equal(spokenText('1. Do\n   - this:\n\n     ```sh\n     ls\n     ```\n\n   - that'), 'Do\nthis:\nthat')
  })

  it('comes in sentences, none too long for a browser', () => {
    assert.deepEqual(sentencesOf('One. Two!\nThree', 'en'), ['One.', 'Two!', 'Three'])
    assert.deepEqual(sentencesOf('千里之行，始于足下。不积跬步。', 'zh'), ['千里之行，始于足下。', '不积跬步。'])
    const long = 'word, '.repeat(200)
    const pieces = sentencesOf(long, 'en')
    assert.ok(pieces.every(({ length }) => length <= 240))
    assert.equal(pieces.join(' '), long.trim())
  })

  it('chooses a voice by the writing', () => {
    assert.equal(languageOf('This is 中文 in English.'), 'en-US')
    assert.equal(languageOf('用 TypeScript 写一个程序，然后运行它。'), 'zh-CN')
    assert.equal(languageOf('これは日本語です'), 'ja-JP')
  })
})

it('takes time linear in what a reply says, whatever it says', async () => {
  const fences = ['`', '```\n', '~~~\n```\n', ' ```\n~~~~\n']
  const links = ['[', '![', '[](', '![](', '[]((', '[a](b(c)', '<https://']
  const marks = ['$$', '$$ $', '|', ' |', '|\n', '*', '**a', '# ', '- ', '1', '-', '\n-']
  const others = [' ', '\t', '\n', ' \n', '\n ', 'a', '。']
  for (const repeated of [...fences, ...links, ...marks, ...others])
    for (const before of ['', '[]('])
      await assertLinear((text) => sentencesOf(spokenText(text), 'en'), { before, repeated, after: 'x' })
})
