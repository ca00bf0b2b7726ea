import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Draft } from './draft.ts'

function shown(draft: Draft): string {
  return draft
    .view()
    .parts.map((part) => ('text' in part ? part.text : ''))
    .join('')
}

describe('a reply that is being written', () => {
  it('shows what has arrived a little at a time, all of it within a fifth of a second after the end', () => {
    const draft = new Draft()
    draft.addText('text', 'x'.repeat(1000))
    draft.advance(true)
    assert.ok(shown(draft).length > 0 && shown(draft).length < 1000)
    draft.end('done')
    for (let frame = 0; frame < 24 && !draft.isAllShown; frame += 1) draft.advance(true)
    assert.equal(shown(draft).length, 1000)
    assert.equal(draft.view().status, 'done')
  })

  it('is not over before all of it is shown', () => {
    const draft = new Draft()
    draft.addText('text', 'hello there')
    draft.end('failed', { message: 'no', code: undefined })
    assert.deepEqual([draft.view().status, draft.view().error], ['running', undefined])
    draft.advance(false)
    assert.deepEqual([draft.view().status, draft.view().error?.message], ['failed', 'no'])
  })

  it('never shows half a character', () => {
    const draft = new Draft()
    draft.addText('text', '😀'.repeat(40))
    while (!draft.isAllShown) {
      draft.advance(true)
      assert.equal(shown(draft).length % 2, 0)
    }
  })

  it('never shows part of an emoji that is several, or a letter without its accent', () => {
    const draft = new Draft()
    const pieces = ['👨‍👩‍👧‍👦', 'e\u0301', '🇨🇳', 'n']
    draft.addText('text', pieces.join('').repeat(10))
    const segments = [...new Intl.Segmenter().segment(pieces.join('').repeat(10))].map(({ segment }) => segment)
    const ends = new Set(segments.map((_, index) => segments.slice(0, index).join('').length))
    while (!draft.isAllShown) {
      draft.advance(true)
      assert.ok(draft.isAllShown || ends.has(shown(draft).length), shown(draft))
    }
  })

  it('keeps thoughts, words and tool calls in the order in which they came', () => {
    const draft = new Draft()
    draft.addText('thinking', 'hm')
    draft.addText('text', 'so')
    draft.addTool({ index: 2, id: 'call', name: 'look', input: '{"a"' })
    draft.addTool({ index: 2, input: ':1}' })
    draft.addText('text', 'done')
    draft.advance(false)
    assert.deepEqual(
      draft.view().parts.map((part) => [part.type, 'text' in part ? part.text : 'input' in part ? part.input : '']),
      [
        ['thinking', 'hm'],
        ['text', 'so'],
        ['tool', '{"a":1}'],
        ['text', 'done'],
      ],
    )
  })
})
