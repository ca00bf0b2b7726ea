import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ChatEvent } from '../neutral.ts'
import { originalToolCallId, replyId, sentToolCallId, toolCallId } from './ids.ts'
import { toDataUrl, tryDataUrl } from './media.ts'
import { tryUnwrapOpaque, wrapOpaque } from './opaque.ts'
import { createKeyFinder, createLengthReader, rawStringLengths } from './raw-json.ts'
import { createBlockSequencer } from './sequence.ts'

describe('ids', () => {
  it('gives back the id that the upstream made, whatever it was', () => {
    const id = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('toolu_01A', 'call_1', 'functions.get:0', 'D681PevKs'),
    )
    fc.assert(
      fc.property(id, fc.constantFrom('call_' as const, 'toolu_' as const), (original, prefix) => {
        fc.pre(!/^(call_|toolu_)(via_|v64_)/.test(original))
        const shown = toolCallId(prefix, original)
        assert.match(shown, prefix === 'call_' ? /^call_[\w-]*$/ : /^toolu_[\w-]*$/)
        assert.equal(originalToolCallId(shown), original)
      }),
    )
  })

  it('sends what a wire would refuse as a hash that is always the same', () => {
    const limits = { maxLength: 40, characters: /^[\w-]+$/ }
    assert.equal(sentToolCallId('call_1', limits), 'call_1')
    for (const id of ['x'.repeat(41), 'functions.get:0', '']) {
      assert.match(sentToolCallId(id, limits), /^call_[\w-]{24}$/)
      assert.equal(sentToolCallId(id, limits), sentToolCallId(id, limits))
    }
  })

  it('shapes reply ids', () => {
    assert.equal(replyId('msg_', 'msg_1', 'r'), 'msg_1')
    assert.equal(replyId('msg_', 'chatcmpl-1', 'r'), 'msg_r')
    assert.equal(replyId('msg_', undefined, 'msg_r'), 'msg_r')
  })
})

describe('data URLs', () => {
  it('are read as they are written', () => {
    const source = { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } as const
    assert.deepEqual(tryDataUrl(toDataUrl(source)), source)
  })

  it('can be text, and can have parameters', () => {
    assert.equal(Buffer.from(tryDataUrl('data:,h%C3%A9%20')?.data ?? '', 'base64').toString(), 'hé ')
    assert.deepEqual(tryDataUrl('data:text/plain;charset=utf-8;base64,aGk='), {
      kind: 'base64',
      mediaType: 'text/plain',
      data: 'aGk=',
    })
    assert.equal(tryDataUrl('https://a.example/data:,x'), undefined)
    assert.notEqual(tryDataUrl('data:,%zz'), undefined)
  })
})

describe('opaque data', () => {
  it('comes back as it was wrapped, and others are left alone', () => {
    const thinking = { wire: 'gemini', signature: 's', encrypted: 'é', id: 'i' } as const
    assert.deepEqual(tryUnwrapOpaque(wrapOpaque(thinking)), thinking)
    assert.equal(tryUnwrapOpaque('EqQBCg'), undefined)
    assert.equal(tryUnwrapOpaque('parley:!!'), undefined)
  })
})

describe('strings in raw JSON', () => {
  const raw = (value: unknown, spaces: number) => Buffer.from(JSON.stringify(value, null, spaces)).toString('latin1')
  const readLengths = createLengthReader(['text', 'thinking'])
  const findKeys = createKeyFinder(['text', 'usage'])

  it('have the length that parsing would give', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constant('"text":"x"'))
    fc.assert(
      fc.property(text, text, fc.nat({ max: 2 }), (first, second, spaces) => {
        const value = { type: 'text', other: second, text: first, inner: [{ thinking: second, text: null }] }
        assert.equal(readLengths(raw(value, spaces)), first.length + second.length)
        assert.equal(rawStringLengths(raw(value, 0), '"text"'), first.length)
      }),
    )
  })

  it('are found by key, when they have a value', () => {
    const found: [string, string][] = []
    const text = raw({ usage: null, a: { text: 'x', usage: { text: 1 } }, b: 'usage' }, 0)
    findKeys(text, (key, valueAt) => found.push([key, text.charAt(valueAt)]))
    assert.deepEqual(found, [
      ['text', '"'],
      ['usage', '{'],
    ])
  })
})

describe('blocks one after another', () => {
  it('keeps what each block says and lets no two be open', () => {
    const script = fc.array(fc.record({ index: fc.nat({ max: 3 }), ends: fc.boolean() }), { maxLength: 30 })
    fc.assert(
      fc.property(script, (steps) => {
        const ended = new Set<number>()
        const events: ChatEvent[] = []
        for (const [position, { index, ends }] of steps.entries()) {
          if (ended.has(index)) continue
          events.push({ type: 'text', index, text: `${index}.${position} ` })
          if (ends) events.push({ type: 'block-end', index })
          if (ends) ended.add(index)
        }
        const sequence = createBlockSequencer()
        const out = [...events, { type: 'finish', reason: 'stop' } as const].flatMap(sequence)
        assertSequential(out)
        assert.deepEqual(textsByBlock(out).toSorted(), textsByBlock(events).toSorted())
      }),
    )
  })
})

function assertSequential(events: readonly ChatEvent[]): void {
  let next = 0
  let open: number | undefined
  for (const event of events) {
    if (!('index' in event)) {
      assert.equal(open, undefined)
      continue
    }
    if (open === undefined) open = next
    assert.equal(event.index, open)
    if (event.type === 'block-end') {
      open = undefined
      next += 1
    }
  }
}

function textsByBlock(events: readonly ChatEvent[]): string[] {
  const texts = new Map<number, string>()
  for (const event of events)
    if (event.type === 'text') texts.set(event.index, (texts.get(event.index) ?? '') + event.text)
  return [...texts.values()]
}
