import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Allowance } from '../ledger/ticket.ts'
import { call, type CallParts } from './call.ts'
import { BytePassage } from './passage.ts'
import type { Reply } from './reply.ts'
import type { Source, SourceReceiver } from './source.ts'

const limits = {
  firstByteMs: 60_000,
  idleMs: 60_000,
  totalMs: undefined,
  heartbeatMs: 60_000,
  drainMs: 60_000,
  drainBytes: 1_000,
}

const reply: Reply = {
  hasBegun: false,
  goneReason: undefined,
  status: 200,
  begin() {},
  write: () => true,
  whenDrained() {},
  whenGone() {},
  heartbeat() {},
  end() {},
  fail() {},
}

/** Says what it is told, chunk by chunk, and breaks off. */
class BrokenSource implements Source<Buffer> {
  readonly isSent = true
  readonly #chunks: readonly string[]
  constructor(chunks: readonly string[]) {
    this.#chunks = chunks
  }
  start(receiver: SourceReceiver<Buffer>): void {
    receiver.head(200, { 'content-type': 'text/event-stream' })
    for (const chunk of this.#chunks) receiver.chunk(Buffer.from(chunk))
    receiver.error(new Error('broken'))
  }
  pause(): void {}
  resume(): void {}
  abort(): void {}
}

/** Has its trouble with the end of an event, which is read when the caller has a part of it. */
class TroubledPassage extends BytePassage {
  override read(chunk: Buffer): void {
    if (chunk.toString() === '\n\n') throw new TypeError('what an event')
    super.read(chunk)
  }
}

function partsOf(chunks: readonly string[], allowance: Allowance): CallParts<Buffer> {
  const reading = { usage: undefined, hasContent: true, isFinished: false, error: undefined, contentLength: 1 }
  const meter = { ...reading, isAtBoundary: false, push() {}, end() {} }
  return {
    reply,
    source: new BrokenSource(chunks),
    passage: new TroubledPassage(meter),
    wire: undefined,
    isSameWire: true,
    isStream: true,
    limits,
    allowance,
    endOfAllowance: () => [],
  }
}

test('an attempt has a result, also when the event at which it breaks off cannot be read', async () => {
  const enough: Allowance = { isLimited: false, roomFor: () => 'enough', grow: async () => true }
  const result = await call(partsOf(['data: a'], enough))
  assert.deepEqual([result.endReason, result.isCommitted], ['upstream_cut', true])
})

test('an attempt has a result, also when what was to be reserved for it fails', async () => {
  const none: Allowance = {
    isLimited: true,
    roomFor: () => 'none',
    grow: () => Promise.reject(new Error('no limits today')),
  }
  const source = { start: (to: SourceReceiver<Buffer>) => (to.head(200, {}), to.chunk(Buffer.from('data: a\n\n'))) }
  const parts = { ...partsOf([], none), source: Object.assign(new BrokenSource([]), source) }
  assert.equal((await call(parts)).endReason, 'upstream_error')
})
