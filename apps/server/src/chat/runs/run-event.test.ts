import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { eventsOf, foldLog, MessageFold } from './message-fold.ts'
import { type ContentEvent, type LoggedEvent, tryJoin } from './run-event.ts'

const contentEvent: fc.Arbitrary<ContentEvent> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), index: fc.constant(1), text: fc.string({ maxLength: 5 }) }),
  fc.record({ type: fc.constant('thinking' as const), index: fc.constant(0), text: fc.string({ maxLength: 5 }) }),
  fc.record({
    type: fc.constant('tool-call-delta' as const),
    index: fc.constant(2),
    json: fc.string({ maxLength: 5 }),
  }),
  fc.constant({ type: 'thinking' as const, index: 0, text: '', signature: 'signed' }),
  fc.constant({ type: 'tool-call-start' as const, index: 2, id: 'call_1', name: 'look' }),
  fc.constant({ type: 'block-end' as const, index: 1 }),
  fc.constant({ type: 'finish' as const, reason: 'stop' as const }),
)

function fold(events: readonly ContentEvent[]) {
  const fold = new MessageFold()
  for (const event of events) fold.add(event)
  return fold.result()
}

describe('events of a run', () => {
  it('say the same when neighbours are joined, wherever they are', () => {
    fc.assert(
      fc.property(fc.array(contentEvent), (events) => {
        const joined: ContentEvent[] = []
        for (const event of events) {
          const previous = joined.at(-1)
          const one = previous === undefined ? undefined : tryJoin(previous, event)
          if (one === undefined) joined.push(event)
          else joined[joined.length - 1] = one
        }
        assert.deepEqual(fold(joined), fold(events))
      }),
    )
  })

  it('are not joined across blocks or kinds', () => {
    const text: ContentEvent = { type: 'text', index: 0, text: 'a' }
    assert.equal(tryJoin(text, { type: 'text', index: 1, text: 'b' }), undefined)
    assert.equal(tryJoin(text, { type: 'thinking', index: 0, text: 'b' }), undefined)
    assert.deepEqual(tryJoin(text, { type: 'text', index: 0, text: 'b' }), { type: 'text', index: 0, text: 'ab' })
  })

  it('fold into the text, and into blocks where there is more than text', () => {
    assert.deepEqual(
      fold([
        { type: 'text', index: 0, text: '你' },
        { type: 'text', index: 0, text: '好' },
      ]).blocks,
      null,
    )
    const mixed = fold([
      { type: 'thinking', index: 0, text: 'hm', signature: 's' },
      { type: 'text', index: 1, text: 'yes' },
      { type: 'tool-call-start', index: 2, id: 'c', name: 'f' },
      { type: 'tool-call-delta', index: 2, json: '{"a"' },
      { type: 'tool-call-delta', index: 2, json: ':1}' },
      { type: 'finish', reason: 'tool-calls' },
    ])
    assert.equal(mixed.content, 'yes')
    assert.equal(mixed.finishReason, 'tool-calls')
    assert.deepEqual(mixed.blocks, [
      { type: 'thinking', text: 'hm', signature: 's' },
      { type: 'text', text: 'yes' },
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":1}' },
    ])
  })

  it('are made again from the blocks that they were folded into', () => {
    const more: fc.Arbitrary<ContentEvent> = fc.constantFrom(
      { type: 'refusal', index: 3, text: 'no' },
      { type: 'image', index: 4, mediaType: 'image/png', data: 'AAAA' },
      { type: 'annotation', index: 1, annotation: { kind: 'url', url: 'https://a.example' } },
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(contentEvent, more)), (events) => {
        const { content, blocks } = fold(events)
        const whole = blocks ?? [{ type: 'text' as const, text: content }]
        const again = fold(eventsOf(whole))
        assert.equal(again.content, content)
        if (blocks !== null) assert.deepEqual(again.blocks, blocks)
      }),
    )
  })

  it('belong to the message that was started last', () => {
    const start = (messageId: string) =>
      ({
        type: 'message-start',
        messageId,
        parentId: null,
        modelId: 'm',
        senderId: null,
        senderName: null,
        createdAt: 0,
      }) as const
    const events = [
      start('one'),
      { type: 'text', index: 0, text: 'a' } as const,
      start('two'),
      { type: 'text', index: 0, text: 'b' } as const,
    ]
    const logged: LoggedEvent[] = events.map((event, index) => ({ seq: index + 1, event }))
    const folded = foldLog(logged)
    assert.equal(folded.get('one')?.content, 'a')
    assert.equal(folded.get('two')?.content, 'b')
  })
})
