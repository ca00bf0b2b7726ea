import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { artifactsIn, kindOf, tryTitle } from './artifact.ts'

describe('what is looked at beside a conversation', () => {
  it('is known by its language, a picture also by what it is', () => {
    const kinds = (['html', 'SVG', 'mermaid', 'md', 'ts', undefined] as const).map((language) =>
      kindOf({ language, code: '' }),
    )
    assert.deepEqual(kinds, ['page', 'picture', 'diagram', 'document', 'code', 'code'])
    assert.equal(kindOf({ language: 'xml', code: '<?xml version="1.0"?>\n<svg xmlns="x"/>' }), 'picture')
    assert.equal(kindOf({ language: 'xml', code: '<feed/>' }), 'code')
  })

  it('is found in the replies, whole fences only', () => {
    const said = (role: 'user' | 'assistant', content: string) => ({ role, content })
    const found = artifactsIn([
      said('user', '```html\n<p>mine\n```'),
      said(
        'assistant',
        'One:\n\n```html\n<p>one\n\n</p>\n```\n\nand\n\n````md\n# Two\n```ts\nconst a = 1\n```\n````\n',
      ),
      said('assistant', '```ts\nconst b = 2\n```\n\n```svg\n<svg/>\n```\n\n```html\nnever closed'),
    ])
    assert.deepEqual(
      found.map(({ code }) => code),
      ['<p>one\n\n</p>', '# Two\n```ts\nconst a = 1\n```', '<svg/>'],
    )
  })

  it('has the name that a page gives itself', () => {
    const titled = (code: string) => tryTitle({ language: 'html', code })
    assert.equal(titled('<head><title lang="en"> Bread &amp; butter </title></head>'), 'Bread & butter')
    assert.equal(titled('<h1>None</h1>'), undefined)
    assert.equal(tryTitle({ language: 'svg', code: '<svg><title>a picture</title></svg>' }), undefined)
  })
})

it('takes time linear in what a reply says, whatever it says', async () => {
  const find = (content: string) => artifactsIn([{ role: 'assistant', content }])
  await assertLinear(find, { repeated: '~~~\n```\n' })
  await assertLinear(find, { before: '~~~\n', repeated: '`' })
  await assertLinear(find, { repeated: '```html\n' })
  await assertLinear((code) => tryTitle({ code, language: 'html' }), { repeated: '<title' })
})
