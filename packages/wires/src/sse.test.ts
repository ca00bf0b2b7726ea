import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { longestHeld, TooLongError } from './shared/held.ts'
import { wires } from './index.ts'
import { encodeSse, SseDecoder, type SseEvent, SseScanner } from './sse.ts'

function decode(chunks: Iterable<Uint8Array>): SseEvent[] {
  const decoder = new SseDecoder()
  const events: SseEvent[] = []
  for (const chunk of chunks) events.push(...decoder.push(chunk))
  return [...events, ...decoder.end()]
}

function decodeText(text: string): SseEvent[] {
  return decode([Buffer.from(text)])
}

/** Cuts the bytes at the given places, whatever they are. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

describe('decoding server-sent events', () => {
  it('reads event, data and id, with and without the space after the colon', () => {
    assert.deepEqual(decodeText('id: 7\nevent:a\ndata: {"x":1}\n\ndata:b\n\n'), [
      { event: 'a', data: '{"x":1}', id: '7' },
      { event: '', data: 'b' },
    ])
  })

  it('joins data lines by LF and reads LF, CRLF and CR endings the same', () => {
    const expected = [{ event: 'x', data: 'one\ntwo' }]
    for (const end of ['\n', '\r\n', '\r']) {
      assert.deepEqual(decodeText(['event: x', 'data: one', 'data: two', '', ''].join(end)), expected)
    }
  })

  it('skips comments, unknown fields, a byte order mark, events without data, and ids with NUL', () => {
    assert.deepEqual(
      decodeText('\ufeffdata: a\n\n: ping\n\nretry: 5\nevent: y\n\nid: a\0b\ndatum: 1\ndata: b\n\n\n\n'),
      [
        { event: '', data: 'a' },
        { event: '', data: 'b' },
      ],
    )
  })

  it('dispatches an empty data line, and a field name without a colon', () => {
    assert.deepEqual(decodeText('data\n\ndata:\ndata\n\n'), [
      { event: '', data: '' },
      { event: '', data: '\n' },
    ])
  })

  it('dispatches whole lines at the end and drops a line that is cut', () => {
    assert.deepEqual(decodeText('data: [DONE]\n'), [{ event: '', data: '[DONE]' }])
    assert.deepEqual(decodeText('data: {"usage":1'), [])
  })

  it('gives the same events however the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0]/g, ''))
    const block = fc.record({ event: line, data: fc.array(line, { minLength: 1, maxLength: 3 }), id: fc.option(line) })
    const ending = fc.constantFrom('\n', '\r\n', '\r')
    fc.assert(
      fc.property(fc.array(fc.tuple(block, ending)), fc.array(fc.nat()), (blocks, places) => {
        const text = blocks.map(([{ event, data, id }, end]) => {
          const lines = [
            `event: ${event}`,
            ...data.map((value) => `data: ${value}`),
            ...(id === null ? [] : [`id: ${id}`]),
          ]
          return `${lines.join(end)}${end}${end}`
        })
        const bytes = Buffer.from(text.join(''))
        const expected = blocks.map(([{ event, data, id }]) => ({
          event,
          data: data.join('\n'),
          ...(id === null ? {} : { id }),
        }))
        assert.deepEqual(decode([bytes]), expected)
        assert.deepEqual(decode(cut(bytes, places)), expected)
        assert.deepEqual(decode([...bytes].map((byte) => Uint8Array.of(byte))), expected)
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same events however the bytes are cut when they are not UTF-8', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom('data: ', '\n\n', '\r', '你', '🚀').map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat()), (pieces, places) => {
        const bytes = Buffer.concat(pieces)
        const expected = decode([bytes])
        assert.deepEqual(decode(cut(bytes, places)), expected)
        assert.deepEqual(decode([...bytes].map((byte) => Uint8Array.of(byte))), expected)
      }),
      { numRuns: 2000 },
    )
  })

  it('knows when it stands between two events', () => {
    const scanner = new SseScanner(() => undefined)
    const seen = 'data: a\n\n\ndata: b\r\n\r\n'.split('').map((character) => {
      scanner.push(Buffer.from(character))
      return scanner.isAtBoundary ? '|' : '.'
    })
    assert.equal(seen.join(''), '........||.........||')
  })
})

describe('encoding server-sent events', () => {
  it('reads back as what was written, with no way to inject lines', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (data, event) => {
        const [read, ...more] = decodeText(encodeSse({ event, data }))
        assert.deepEqual(more, [])
        assert.equal(read?.data, data.replace(/\r\n?/g, '\n'))
        assert.equal(read?.event, event.replace(/[\r\n]+/g, ' '))
      }),
    )
    assert.equal(encodeSse({ event: 'a\ndata: x', data: 'b\r\n\r\nevent: c', id: '1\n\n2' }).split('\n\n').length, 2)
  })
})

describe('an event that does not end', () => {
  const megabyte = Buffer.from('x'.repeat(1024 * 1024))

  it('is refused once it is longer than what may be held, however many events went before', () => {
    const decoder = new SseDecoder()
    for (let events = 0; events < 40; events++)
      decoder.push(Buffer.concat([Buffer.from('data:'), megabyte, Buffer.from('\n\n')]))
    decoder.push(Buffer.from('data:'))
    for (let held = 1; held < longestHeld / megabyte.length; held++) decoder.push(megabyte)
    assert.throws(() => decoder.push(megabyte), TooLongError)
  })

  it('is what a meter of a stream throws at, and a body without an end what one of a body does', () => {
    for (const wire of Object.values(wires)) {
      for (const kind of ['stream', 'json'] as const) {
        const meter = wire.meter(kind)
        assert.throws(() => {
          for (let pushed = 0; pushed <= longestHeld; pushed += megabyte.length) meter.push(megabyte)
        }, TooLongError)
      }
    }
  })
})
