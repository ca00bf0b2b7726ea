import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createInputDecoder, tryCustomInput } from './custom-tool.ts'

function decode(json: string, places: readonly number[]): string {
  const decoder = createInputDecoder()
  const ends = [...new Set(places.map((place) => place % (json.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, json.length].map((end, index) => decoder.push(json.slice(ends[index - 1] ?? 0, end))).join('')
}

describe('the free text of custom tools', () => {
  it('is decoded on the way as it is in the whole, wherever the JSON is cut', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom('"', '\\', '\n', 'é', '😀'), fc.string({ maxLength: 3 })) })
    const spaces = fc.constantFrom('', ' ', '\n  ')
    fc.assert(
      fc.property(text, spaces, fc.boolean(), fc.array(fc.nat(), { maxLength: 6 }), (value, space, escapes, places) => {
        const quoted = JSON.stringify(value)
        const string = escapes
          ? quoted.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : quoted
        const json = `{${space}"input"${space}:${space}${string}${space}}`
        assert.equal(decode(json, places), value)
        assert.equal(tryCustomInput(json), value)
      }),
      { numRuns: 500 },
    )
  })

  it('is what has come of it when the JSON is cut, and nothing when it is no such object', () => {
    assert.equal(decode('{"input":"ab\\n\\u00', []), 'ab\n')
    assert.equal(decode('{"input":"a\\x"}', [11]), 'a')
    assert.equal(decode(`{"other":"${'x'.repeat(100)}","input":"a"}`, [40, 80]), '')
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.array(fc.nat(), { maxLength: 4 }), (json, places) => {
        const whole = tryCustomInput(json)
        if (whole !== undefined) assert.ok(whole.startsWith(decode(json, places)))
        else assert.equal(typeof decode(json, places), 'string')
      }),
      { numRuns: 500 },
    )
  })
})
