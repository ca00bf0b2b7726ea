import { StringDecoder } from 'node:string_decoder'
import { characters } from '@parley/wires'

/** The text is not JSON, or one piece of it is larger than can be held. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'
}

/** A conversation of this length is no conversation. */
const maxElementLength = 64 * 1024 * 1024

/**
 * The elements of a JSON array as texts, one after another, or the one object that stands in its place: a file of any size
 * takes as much memory as its largest element. Only brackets and strings are looked at; each text is parsed by whoever
 * asked, and is JSON or not.
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<string, void, void> {
  const decoder = new StringDecoder('utf8')
  const splitter = new Splitter()
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new JsonTextError(`it has more than ${Math.floor(maxBytes / 1024 / 1024)} MB`)
    yield* splitter.push(decoder.write(Buffer.from(chunk)))
  }
  yield* splitter.push(decoder.end())
  splitter.end()
}

class Splitter {
  #root: 'unknown' | 'array' | 'object' = 'unknown'
  #depth = 0
  #isInString = false
  #isEscaped = false
  #isOver = false
  #pieces: string[] = []
  #length = 0

  end(): void {
    if (!this.#isOver) throw new JsonTextError('it ends in the middle')
  }

  *push(text: string): Generator<string, void, void> {
    // Where the element that is being read goes on in this text; -1: none has begun.
    let from = this.#isInElement() ? 0 : -1
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (this.#isInString) {
        this.#readString(unit)
        continue
      }
      if (unit === quote) this.#isInString = true
      else if (unit === openBrace || unit === openBracket) {
        if (this.#root === 'unknown') this.#root = unit === openBracket ? 'array' : 'object'
        this.#depth += 1
        if (this.#depth === this.#elementDepth() && from < 0) from = at
      } else if (unit === closeBrace || unit === closeBracket) {
        if (this.#depth === this.#elementDepth() && from >= 0) {
          yield this.#take(text.slice(from, at + 1))
          from = -1
        }
        this.#depth -= 1
        this.#isOver = this.#depth === 0
        if (this.#depth < 0) throw new JsonTextError('a bracket is closed that was not opened')
      } else if (this.#root === 'unknown' && unit > space && unit !== byteOrderMark) {
        throw new JsonTextError('it begins neither with [ nor with {')
      }
    }
    if (from >= 0) this.#keep(text.slice(from))
  }

  #readString(unit: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (unit === backslash) this.#isEscaped = true
    else if (unit === quote) this.#isInString = false
  }

  #elementDepth(): number {
    return this.#root === 'array' ? 2 : 1
  }

  #isInElement(): boolean {
    return this.#root !== 'unknown' && this.#depth >= this.#elementDepth()
  }

  #keep(piece: string): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length > maxElementLength) throw new JsonTextError('one piece of it has more than 64 MB')
  }

  #take(end: string): string {
    const whole = this.#pieces.join('') + end
    this.#pieces = []
    this.#length = 0
    return whole
  }
}

const { backslash, closeBrace, closeBracket, openBrace, openBracket, quote, space } = characters
const byteOrderMark = 0xfeff
