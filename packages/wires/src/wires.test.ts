import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { chatEvents, chatRequest, mutated } from './testing/arbitraries.ts'
import { asJson, cut, jsonBytes, oneByOne, readChunks, readMeter, streamOf, writeContext } from './testing/bytes.ts'
import { type ChatEvent, type ChatRequest, WireError, wires } from './index.ts'
import { collectReply, type ReplyBlock } from './shared/collect.ts'
import { originalToolCallId } from './shared/ids.ts'

/** Property tests that every registered wire must pass. */

const route = (request: ChatRequest) => ({ model: request.model, stream: request.stream })
const places = fc.array(fc.nat(), { maxLength: 8 })

/** What a reply says, whatever its fragments and its items' ids are; tool call ids as the upstream made them. */
function meaningOf(events: readonly ChatEvent[]) {
  const { blocks, usage, finish, error } = collectReply(events)
  return asJson({ blocks: blocks.map(withPlainId), usage, finish, error })
}

function withPlainId(block: ReplyBlock): ReplyBlock {
  if (block.type === 'tool-call') return { ...block, id: originalToolCallId(block.id) }
  if (block.type !== 'thinking') return block
  const { id: _, ...rest } = block
  return rest
}

function assertOnlyWireErrors(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}

/** Not every wire says the tool's name with its result, and OpenAI Responses must say that a tool is not strict. */
function comparable(request: object): unknown {
  return JSON.parse(
    JSON.stringify(request, (key, value: unknown) =>
      key === 'toolName' || (key === 'strict' && value === false) ? undefined : value,
    ),
  )
}

for (const wire of Object.values(wires)) {
  describe(`the ${wire.name} wire`, () => {
    it('gives a request back as it was written', () => {
      fc.assert(
        fc.property(chatRequest, (request) => {
          const body = asJson(wire.writeRequest(request))
          const { extra: _, ...read } = wire.readRequest(body, route(request))
          assert.deepEqual(comparable(read), comparable(request))
        }),
        { numRuns: 200 },
      )
    })

    it('gives a streamed reply back, however its bytes are cut, and meters it the same', () => {
      fc.assert(
        fc.property(chatEvents, places, (events, where) => {
          const bytes = streamOf(wire, events)
          const whole = readChunks(wire, [bytes])
          assert.deepEqual(meaningOf(whole), meaningOf(events))
          assert.deepEqual(readChunks(wire, cut(bytes, where)), whole)
          assert.deepEqual(readChunks(wire, oneByOne(bytes)), whole)

          const reading = readMeter(wire.meter('stream'), [bytes])
          assert.deepEqual(readMeter(wire.meter('stream'), cut(bytes, where)), reading)
          assert.deepEqual(readMeter(wire.meter('stream'), oneByOne(bytes)), reading)
          const { usage, contentLength } = expectedReading(events)
          assert.deepEqual(reading, {
            usage,
            contentLength,
            hasContent: true,
            isFinished: true,
            error: undefined,
            isAtBoundary: true,
          })
        }),
        { numRuns: 100 },
      )
    })

    it('gives a whole reply back, and meters it', () => {
      fc.assert(
        fc.property(chatEvents, (events) => {
          const body = asJson(wire.writeResponse(events, writeContext))
          assert.deepEqual(meaningOf(wire.readResponse(body)), meaningOf(events))
          const { usage, hasContent, isFinished } = readMeter(wire.meter('json'), oneByOne(jsonBytes(body)))
          assert.deepEqual(
            { usage, hasContent, isFinished },
            { usage: expectedReading(events).usage, hasContent: true, isFinished: true },
          )
        }),
        { numRuns: 100 },
      )
    })

    it('says that a stream was cut when it ends too early', () => {
      fc.assert(
        fc.property(chatEvents, (events) => {
          const bytes = streamOf(wire, events.slice(0, -2))
          const read = readChunks(wire, [bytes])
          assert.equal(read.at(-1)?.type, 'error')
          assert.equal(readMeter(wire.meter('stream'), [bytes]).isFinished, false)
        }),
        { numRuns: 100 },
      )
    })

    it('throws only WireError, whatever it is given to read', () => {
      fc.assert(
        fc.property(fc.anything(), fc.jsonValue(), (anything, json) => {
          for (const value of [anything, json]) {
            assertOnlyWireErrors(() => wire.readRequest(value, { model: 'm', stream: false }))
            assertOnlyWireErrors(() => wire.readResponse(value))
            assertOnlyWireErrors(() => wire.readStream().read({ event: '', data: JSON.stringify(value) ?? '' }))
          }
        }),
        { numRuns: 400 },
      )
      fc.assert(
        fc.property(
          chatRequest.chain((request) => mutated(asJson(wire.writeRequest(request)))),
          (body) => assertOnlyWireErrors(() => wire.readRequest(body, { model: 'm', stream: false })),
        ),
        { numRuns: 200 },
      )
      fc.assert(
        fc.property(
          chatEvents.chain((events) => mutated(asJson(wire.writeResponse(events, writeContext)))),
          (body) => assertOnlyWireErrors(() => wire.readResponse(body)),
        ),
        { numRuns: 200 },
      )
    })

    it('throws only WireError on what is nested without end, and its meter takes it', () => {
      const deep: unknown = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)
      const [first, ...rest] = fc.sample(
        chatEvents.filter((events) => events.some(({ type }) => type === 'tool-call-start')),
        2,
      )
      assert.ok(first)
      for (const events of [first, ...rest]) {
        const body = asJson(wire.writeResponse(events, writeContext))
        for (const value of valuesWith(body, deep)) assertOnlyWireErrors(() => wire.readResponse(value))
        const text = '{"a":'.repeat(50_000)
        for (const kind of ['stream', 'json'] as const) readMeter(wire.meter(kind), [Buffer.from(`data: ${text}\n\n`)])
      }
      const request = fc.sample(
        chatRequest.filter(({ tools }) => tools.length > 0),
        1,
      )[0]
      assert.ok(request)
      const asked = asJson(wire.writeRequest(request))
      for (const value of valuesWith(asked, deep)) {
        assertOnlyWireErrors(() =>
          JSON.stringify(wires.anthropic.writeRequest(wire.readRequest(value, route(request)))),
        )
      }
    })

    it('throws only WireError on a stream whose events are broken, and its meter never throws', () => {
      const brokenStream = chatEvents.chain((events) => {
        const lines = streamOf(wire, events).toString('utf8').split('\n')
        return fc.tuple(
          fc.constant(lines),
          fc.nat(),
          fc.oneof(
            fc.string(),
            fc.json().map((json) => `data: ${json}`),
          ),
        )
      })
      fc.assert(
        fc.property(brokenStream, fc.uint8Array(), ([lines, place, line], noise) => {
          const bytes = Buffer.from(lines.with(place % lines.length, line).join('\n'))
          assertOnlyWireErrors(() => readChunks(wire, [bytes, noise]))
          readMeter(wire.meter('stream'), [bytes, noise])
          readMeter(wire.meter('json'), [bytes, noise])
        }),
        { numRuns: 200 },
      )
    })

    it('reads an error out of any answer, and any error back as its kind', () => {
      const body = fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
        fc.string().map((text) => Buffer.from(text)),
      )
      const header = fc.option(fc.oneof(fc.string(), fc.nat().map(String)), { nil: undefined })
      fc.assert(
        fc.property(fc.integer({ min: 400, max: 599 }), body, header, (status, bytes, retryAfter) => {
          const error = wire.readError(status, { 'retry-after': retryAfter }, bytes)
          assert.equal(error.status, status)
          assert.ok(error.message.length > 0)
          const reply = wire.writeError(error)
          assert.equal(wire.readError(reply.status, reply.headers, jsonBytes(reply.body)).message, error.message)
        }),
        { numRuns: 300 },
      )
    })
  })
}

/** The value with each of its parts, in turn, replaced by another. */
function valuesWith(value: unknown, other: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [other]
  const keys = Object.keys(value)
  const inner = keys.flatMap((key) =>
    valuesWith((value as Record<string, unknown>)[key], other).map((child) =>
      Array.isArray(value) ? value.with(Number(key), child) : { ...value, [key]: child },
    ),
  )
  return [other, ...inner]
}

/** What a meter must say of these events. */
function expectedReading(events: readonly ChatEvent[]) {
  const { usage, blocks } = collectReply(events)
  const lengths = blocks.map(
    (block) => (block.type === 'tool-call' ? block.arguments : block.type === 'image' ? '' : block.text).length,
  )
  return { usage, contentLength: lengths.reduce((sum, length) => sum + length, 0) }
}
