import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertLinear, type LongText } from '@parley/testkit'
import type { ChatEvent } from './neutral.ts'
import { wires } from './index.ts'
import { jsonBytes, readChunks, readMeter, streamOf } from './testing/bytes.ts'

/**
 * Long streams take time in proportion to their length. Time itself is no measure on a busy machine, so the characters are
 * counted that the string functions look at or copy: twice the length must be about twice the work.
 */

type Method = (this: unknown, ...args: unknown[]) => unknown
/** Characters that a call has looked at, given its result. */
type Cost = (self: unknown, args: readonly unknown[], result: unknown) => number

const stringCosts: Record<string, Cost> = {
  indexOf: (text, [, from], result) => (result === -1 ? String(text).length : Number(result)) - Number(from ?? 0),
  includes: (text) => String(text).length,
  replace: (text) => String(text).length,
  startsWith: () => 1,
  endsWith: () => 1,
  charCodeAt: () => 1,
  slice: () => 1,
}

/** A search with flags `g` or `y` goes on where the last one ended; `lastIndex` is where it stands now. */
const searchCost: Cost = (pattern, [text], result) => {
  const { lastIndex, global, sticky } = pattern as RegExp
  const end = result === null || result === false || !(global || sticky) ? String(text).length : lastIndex
  return end - (searchedFrom.get(pattern as RegExp) ?? 0)
}
const searchedFrom = new WeakMap<RegExp, number>()

function countWork(act: () => void): number {
  let work = 0
  const restore: (() => void)[] = []
  const patch = (prototype: object, name: string, cost: Cost) => {
    const original = Reflect.get(prototype, name) as Method
    const value: Method = function (...args) {
      if (this instanceof RegExp) searchedFrom.set(this, this.global || this.sticky ? this.lastIndex : 0)
      const result = Reflect.apply(original, this, args)
      work += Math.max(1, cost(this, args, result))
      return result
    }
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true })
    restore.push(() => Object.defineProperty(prototype, name, { value: original, configurable: true, writable: true }))
  }
  for (const [name, cost] of Object.entries(stringCosts)) patch(String.prototype, name, cost)
  for (const name of ['exec', 'test']) patch(RegExp.prototype, name, searchCost)
  try {
    act()
  } finally {
    for (const undo of restore) undo()
  }
  return work
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

/** Many small events. */
function manyEvents(count: number): ChatEvent[] {
  return [
    { type: 'start', id: 'r', model: 'm' },
    ...Array.from({ length: count }, (): ChatEvent => ({ type: 'text', index: 0, text: 'some "words" é ' })),
    { type: 'block-end', index: 0 },
    { type: 'finish', reason: 'stop' },
  ]
}

/** One event with a long argument. */
function longArgument(length: number): ChatEvent[] {
  return [
    { type: 'start', id: 'r', model: 'm' },
    { type: 'tool-call-start', index: 0, id: 'call_1', name: 'write' },
    { type: 'tool-call-delta', index: 0, json: JSON.stringify({ text: 'x"é\n'.repeat(length / 4) }) },
    { type: 'block-end', index: 0 },
    { type: 'finish', reason: 'tool-calls' },
  ]
}

const shapes = {
  'many events': { make: manyEvents, sizes: [1000, 2000], chunk: 100 },
  'many events, byte by byte': { make: manyEvents, sizes: [200, 400], chunk: 1 },
  'one long argument in small chunks': { make: longArgument, sizes: [100_000, 200_000], chunk: 10 },
} as const

for (const wire of Object.values(wires)) {
  describe(`time on the ${wire.name} wire`, () => {
    for (const [title, { make, sizes, chunk }] of Object.entries(shapes)) {
      it(`is linear in ${title}`, () => {
        const [once, twice] = sizes.map((size) => {
          const chunks = chunksOf(streamOf(wire, make(size)), chunk)
          return {
            read: countWork(() => void readChunks(wire, chunks)),
            metered: countWork(() => void readMeter(wire.meter('stream'), chunks)),
          }
        })
        assert.ok(once && twice)
        assert.ok(once.metered > 1000, 'the count must count')
        assert.ok(twice.read < once.read * 2.5, `reading: ${once.read} → ${twice.read}`)
        assert.ok(twice.metered < once.metered * 2.5, `metering: ${once.metered} → ${twice.metered}`)
      })
    }
  })
}

/** What an upstream could write to hold everybody up. */
const errorBodies: readonly LongText[] = [
  { repeated: '<title' },
  { repeated: '<title>' },
  { repeated: ' ', after: 'x' },
  { before: '{"error":{"message":"maximum context length: ', repeated: '0', after: '"}}' },
  {
    before: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: ',
    repeated: '0',
    after: '"}}',
  },
  { repeated: 'eyJ-' },
  { repeated: 'key-' },
]

/** The data of one event of a stream, and as such a whole body. */
const events: readonly LongText[] = [
  { before: '{"usage":{"a":', repeated: '"usage":{' },
  { before: '{"candidates":[],', repeated: '"usageMetadata":{' },
  { repeated: '{"usageMetadata":', after: '1' },
  { repeated: '"content":"' },
  { repeated: '"delta":"' },
  { before: '{"delta"', repeated: ' ' },
  { before: '{"type"', repeated: ' ' },
  { before: '{"type":"', repeated: 'a', after: '"}' },
  { before: '{"choices"', repeated: ' ' },
  { before: '{"delta":"', repeated: '\\', after: '"}' },
]

for (const wire of Object.values(wires)) {
  describe(`what an upstream of the ${wire.name} wire writes holds up nobody`, () => {
    it('as an error', async () => {
      for (const body of errorBodies)
        await assertLinear((text) => {
          const error = wire.readError(400, {}, Buffer.from(text))
          for (const each of Object.values(wires)) each.writeError(error)
        }, body)
    })

    it('as an event', async () => {
      const types = [
        '',
        'event: message_start\n',
        'event: message_delta\n',
        'event: response.completed\n',
        'event: error\n',
      ]
      for (const type of types)
        for (const event of events)
          await assertLinear((text) => {
            const bytes = [Buffer.from(`${type}data: ${text}\n\n`)]
            readMeter(wire.meter('stream'), bytes)
            tryAct(() => readChunks(wire, bytes))
          }, event)
    })

    it('as a body', async () => {
      for (const body of events) {
        await assertLinear((text) => {
          readMeter(wire.meter('json'), [Buffer.from(text)])
          tryAct(() => wire.readResponse(jsonBytes({ error: text })))
        }, body)
      }
    })
  })
}

/** What cannot be read may be refused, but soon. */
function tryAct(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Error)
  }
}
