import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readQuery } from './query.ts'
import { createSnippet } from './snippet.ts'
import { wordsOf } from './words.ts'

const texts = (text: string) => [...wordsOf(text)].map((word) => word.text)

test('words are letters and digits, whatever their case and width', () => {
  assert.deepEqual(texts('Hello, WORLD! ｆｏｏ１ naïve_x'), ['hello', 'world', 'foo1', 'naïve', 'x'])
  assert.deepEqual(texts(' \n…!'), [])
  assert.deepEqual(texts('⑴'), ['1'])
  assert.equal(texts('x'.repeat(5_000))[0]?.length, 64)
})

test('text without spaces is cut into pairs of neighbours', () => {
  assert.deepEqual(texts('中国人'), ['中国', '国人', '人'])
  assert.deepEqual(texts('用GPT模型。好'), ['用', 'gpt', '模型', '型', '好'])
  assert.deepEqual(texts('𠮷野家'), ['𠮷野', '野家', '家'])
  assert.deepEqual(texts('カタカナー'), ['カタ', 'タカ', 'カナ', 'ナー', 'ー'])
})

test('positions of words are those in the text as it was written', () => {
  const text = '𠮷野 Ｆｏｏ'
  assert.deepEqual(
    [...wordsOf(text)].map(({ start, end }) => text.slice(start, end)),
    ['𠮷野', '野', 'Ｆｏｏ'],
  )
})

test('a query is words that may go on, phrases, and text without spaces as it is', () => {
  assert.deepEqual(readQuery('conf  a "exact words" 机器学习 中'), [
    { words: ['conf'], isPrefix: true },
    { words: ['a'], isPrefix: false },
    { words: ['exact', 'words'], isPrefix: false },
    { words: ['机器', '器学', '学习'], isPrefix: false },
    { words: ['中'], isPrefix: true },
  ])
  assert.deepEqual(readQuery('foo.bar'), [{ words: ['foo', 'bar'], isPrefix: true }])
  assert.deepEqual(readQuery('“模型 x”'), [{ words: ['模型', '型', 'x'], isPrefix: false }])
  assert.deepEqual(readQuery('"!? — '), [])
})

test('a snippet is the first place where something is found, with marks', () => {
  const marked = (text: string, query: string) => {
    const snippet = createSnippet(text, readQuery(query))
    return { text: snippet.text, marked: snippet.marks.map(([start, end]) => snippet.text.slice(start, end)) }
  }
  assert.deepEqual(marked('I like 机器学习 a lot', '机器'), { text: 'I like 机器学习 a lot', marked: ['机器'] })
  assert.deepEqual(marked('中国', '中').marked, ['中'])
  assert.deepEqual(marked('the Configuration of conf', 'conf').marked, ['Configuration', 'conf'])
  assert.deepEqual(marked('学习机器学习', '机器学习').marked, ['机器学习'])
  const far = marked(`${'x '.repeat(500)}needle\n${'y '.repeat(500)}`, 'needle')
  assert.deepEqual(far.marked, ['needle'])
  assert.match(far.text, /^…x .*needle y .*…$/)
  assert.ok(far.text.length < 250)
  assert.deepEqual(marked('𠮷'.repeat(200), '没有').marked, [])
  assert.equal(marked(`${'𠮷'.repeat(200)} end`, 'end').text.isWellFormed(), true)
})

test('a run of any length is words: its pieces are joined, and nothing overflows', () => {
  for (const run of ['x', 'QmFzZTY0', '数据']) {
    const words = [...wordsOf(run.repeat(4_000_000 / run.length))]
    assert.ok(words.length > 900)
  }
  const characters = Array.from({ length: 10_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('')
  const pairs = new Set([...wordsOf(characters)].map(({ text }) => text))
  for (let at = 0; at < 9_999; at += 1) assert.ok(pairs.has(characters.slice(at, at + 2)))
  assert.equal([...wordsOf(characters)].filter(({ kind }) => kind !== 'pair').length, 1)
})
