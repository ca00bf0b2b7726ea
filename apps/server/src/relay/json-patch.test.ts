import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { setTopLevelField } from './json-patch.ts'

const patch = (body: string, key: string, value: unknown) =>
  setTopLevelField(Buffer.from(body), key, JSON.stringify(value)).toString()

test('only the bytes of the value change', () => {
  const body =
    '{ "stream" : true,\n "messages":[{"role":"user","content":"model \\"model\\": \\\\"}],\t"model" :"a" , "x":1.50e3 }'
  assert.equal(patch(body, 'model', 'b'), body.replace('"a"', '"b"'))
})

test('a field of the same name deeper down is left alone', () => {
  assert.equal(patch('{"a":{"model":"x"},"model":"y"}', 'model', 'z'), '{"a":{"model":"x"},"model":"z"}')
})

test('an absent field is added in front', () => {
  assert.equal(patch('{"a":1}', 'model', 'z'), '{"model":"z","a":1}')
  assert.equal(patch(' { } ', 'model', 'z'), ' {"model":"z" } ')
})

test('a key written with escapes is the same key', () => {
  assert.equal(patch('{"mod\\u0065l":"a"}', 'model', 'b'), '{"mod\\u0065l":"b"}')
})

test('of a key that stands twice the last is changed, which is the one that JSON.parse takes', () => {
  assert.equal(patch('{"model":"a","model":"b"}', 'model', 'c'), '{"model":"a","model":"c"}')
})

test('for any object and white space: what is parsed has the field changed and all else the same', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
      fc.jsonValue(),
      fc.constantFrom(0, 1, 4, '\t'),
      (object, key, value, space) => {
        fc.pre(key !== '__proto__' && !('__proto__' in object))
        const patched: unknown = JSON.parse(patch(JSON.stringify(object, null, space), key, value))
        const expected: unknown = JSON.parse(JSON.stringify({ ...object, [key]: value }))
        assert.deepEqual(patched, expected)
      },
    ),
    { numRuns: 2000 },
  )
})
