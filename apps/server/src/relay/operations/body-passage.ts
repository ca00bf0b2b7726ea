import type { JsonObject, Meter } from '@parley/wires'
import type { Passage } from '../passage.ts'
import type { Output } from '../reply.ts'

/** A whole JSON body that becomes another one. */
export class BodyPassage implements Passage<Buffer> {
  readonly reading: Meter
  readonly isInsideEvent = false
  readonly #convert: (body: JsonObject) => JsonObject
  readonly #chunks: Buffer[] = []

  constructor(meter: Meter, convert: (body: JsonObject) => JsonObject) {
    this.reading = meter
    this.#convert = convert
  }

  read(chunk: Buffer): void {
    this.reading.push(chunk)
    this.#chunks.push(chunk)
  }

  write(): readonly Output[] {
    return []
  }

  end(): readonly Output[] {
    this.reading.end()
    if (!this.reading.isFinished) return []
    const body = JSON.parse(Buffer.concat(this.#chunks).toString('utf8')) as JsonObject
    return [JSON.stringify(this.#convert(body))]
  }
}
