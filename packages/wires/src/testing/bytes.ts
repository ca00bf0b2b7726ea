import type { ChatEvent, JsonObject } from '../neutral.ts'
import { SseDecoder } from '../sse.ts'
import type { Meter, Wire, WriteContext } from '../wire.ts'

export const writeContext: WriteContext = {
  id: 'reply-1',
  model: 'model-1',
  createdAt: 1_780_000_000,
  includeUsage: true,
}

/** The whole stream that a wire writes for these events. */
export function streamOf(wire: Wire, events: readonly ChatEvent[]): Buffer {
  return Buffer.from(events.map(wire.writeStream(writeContext)).join(''))
}

/** What the wire reads out of these bytes, and the end of them. */
export function readChunks(wire: Wire, chunks: Iterable<Uint8Array>): ChatEvent[] {
  const decoder = new SseDecoder()
  const reader = wire.readStream()
  const events: ChatEvent[] = []
  for (const chunk of chunks) for (const event of decoder.push(chunk)) events.push(...reader.read(event))
  for (const event of decoder.end()) events.push(...reader.read(event))
  return [...events, ...reader.end()]
}

/** The bytes cut at the given places, wherever they fall. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

export function oneByOne(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte))
}

export type MeterReading = Omit<Meter, 'push' | 'end'>

export function readMeter(meter: Meter, chunks: Iterable<Uint8Array>): MeterReading {
  for (const chunk of chunks) meter.push(chunk)
  meter.end()
  const { usage, hasContent, isFinished, error, isAtBoundary, contentLength } = meter
  return { usage, hasContent, isFinished, error, isAtBoundary, contentLength }
}

/** What is left of a value after it was JSON: fields that are undefined are gone. */
export function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

export function jsonBytes(body: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(body))
}
