import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LiveReply } from './live-reply.ts'

function shown(reply: LiveReply): string {
  return reply
    .view()
    .parts.map((part) => ('text' in part ? part.text : ''))
    .join('')
}

describe('a reply that is being written', () => {
  it('shows what has arrived a little at a time, all of it within a fifth of a second after the end', () => {
    const reply = new LiveReply()
    reply.addText('text', 'x'.repeat(1000))
    reply.advance(true)
    assert.ok(shown(reply).length > 0 && shown(reply).length < 1000)
    reply.end('done')
    for (let frame = 0; frame < 24 && !reply.isAllShown; frame += 1) reply.advance(true)
    assert.equal(shown(reply).length, 1000)
    assert.equal(reply.view().status, 'done')
  })

  it('is not over before all of it is shown', () => {
    const reply = new LiveReply()
    reply.addText('text', 'hello there')
    reply.end('failed', { message: 'no', code: undefined })
    assert.deepEqual([reply.view().status, reply.view().error], ['running', undefined])
    reply.advance(false)
    assert.deepEqual([reply.view().status, reply.view().error?.message], ['failed', 'no'])
  })

  it('never shows half a character', () => {
    const reply = new LiveReply()
    reply.addText('text', '😀'.repeat(40))
    while (!reply.isAllShown) {
      reply.advance(true)
      assert.equal(shown(reply).length % 2, 0)
    }
  })

  it('never shows part of an emoji that is several, or a letter without its accent', () => {
    const reply = new LiveReply()
    const pieces = ['👨‍👩‍👧‍👦', 'e\u0301', '🇨🇳', 'n']
    reply.addText('text', pieces.join('').repeat(10))
    const segments = [...new Intl.Segmenter().segment(pieces.join('').repeat(10))].map(({ segment }) => segment)
    const ends = new Set(segments.map((_, index) => segments.slice(0, index).join('').length))
    while (!reply.isAllShown) {
      reply.advance(true)
      assert.ok(reply.isAllShown || ends.has(shown(reply).length), shown(reply))
    }
  })

  it('keeps thoughts, words and tool calls in the order in which they came', () => {
    const reply = new LiveReply()
    reply.addText('thinking', 'hm')
    reply.addText('text', 'so')
    reply.addTool({ index: 2, id: 'call', name: 'look', input: '{"a"' })
    reply.addTool({ index: 2, input: ':1}' })
    reply.addText('text', 'done')
    reply.advance(false)
    assert.deepEqual(
      reply.view().parts.map((part) => [part.type, 'text' in part ? part.text : 'input' in part ? part.input : '']),
      [
        ['thinking', 'hm'],
        ['text', 'so'],
        ['tool', '{"a":1}'],
        ['text', 'done'],
      ],
    )
  })
})
