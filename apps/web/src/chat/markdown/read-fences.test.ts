import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear } from '@parley/testkit'
import { readFences } from './read-fences.ts'

describe('code between fences', () => {
  const codesIn = (markdown: string) => readFences(markdown).fences.map(({ code }) => code)

  it('is found where it is closed, with what it calls itself', () => {
    const markdown =
      '```a``` `b`\n```ts\nconst a = 1\n\n```\nb\n~~~\nc\n```\n~~~~\n````md\n```\nd\n```\n````\n```js\nnot closed'
    const { fences, words } = readFences(markdown)
    assert.deepEqual(fences, [
      { language: 'ts', code: 'const a = 1\n' },
      { language: undefined, code: 'c\n```' },
      { language: 'md', code: '```\nd\n```' },
    ])
    assert.equal(words, '```a``` `b`\nb')
  })

  it('is found in lists however deep, as it stands without them', () => {
    assert.deepEqual(codesIn('- a\n    - b\n\n      ```sh\n      ls\n        -l\n\n    x\n      ```\n'), [
      'ls\n  -l\n\nx',
    ])
    assert.deepEqual(codesIn('```md\n- a\n\n    ```\n    b\n    ```\n```'), ['- a\n\n    ```\n    b\n    ```'])
  })

  it('is found in time linear in the text', async () => {
    for (const repeated of ['```', '```\n', '~~~\n```\n', ' ', ' ```\n', '``` ', '`'])
      for (const before of ['', '```\n', '~~~~\n']) await assertLinear(readFences, { before, repeated, after: 'x' })
  })
})
