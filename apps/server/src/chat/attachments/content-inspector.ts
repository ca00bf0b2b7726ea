/**
 * What a file is, by its bytes alone: a name or a header can say anything. It takes the content piece by piece and keeps
 * none of it.
 */
import { ParleyError } from '@parley/contract'
import { estimateTokens } from '../../ledger/token-counter.ts'

export interface Inspected {
  readonly mediaType: string
  readonly tokenCount: number
}

/** How the formats that models take begin. */
const beginnings: readonly (readonly [mediaType: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  // The standard lets something stand before it, and some writers do that.
  ['application/pdf', /^[^]{0,1000}%PDF-\d/],
]
const headLength = 1_024
const escapeCharacter = String.fromCharCode(27)
/** Control characters that no text has; line ends, tabs and form feeds are some that it has, and logs have escapes. */
const binary = /(?!\s)\p{Cc}/u

/** What providers say a picture of usual size costs. */
const tokensOfImage = 1_600
/** A page of PDF is some 60 KB and costs up to 3,000 tokens, as text and as a picture. */
const bytesPerToken = 40
const leastTokensOfDocument = 1_500
const mostTokensOfDocument = 200_000

export class ContentInspector {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #head = Buffer.alloc(0)
  #mediaType: string | undefined
  #size = 0
  #textTokens = 0

  /** Throws (ParleyError `attachment_type`) as soon as it can be nothing that is known. */
  push(bytes: Uint8Array): void {
    this.#size += bytes.length
    if (this.#mediaType !== undefined) return this.#read(bytes)
    this.#head = Buffer.concat([this.#head, bytes])
    if (this.#head.length >= headLength) this.#decide()
  }

  end(): Inspected {
    if (this.#mediaType === undefined) this.#decide()
    const mediaType = this.#mediaType ?? ''
    if (mediaType.startsWith('text/')) this.#countText(() => this.#decoder.decode())
    return { mediaType, tokenCount: this.#tokensOf(mediaType) }
  }

  #decide(): void {
    if (this.#head.length === 0) throw unknownType()
    const head = this.#head.subarray(0, headLength).toString('latin1')
    this.#mediaType = beginnings.find(([, beginning]) => beginning.test(head))?.[0] ?? 'text/plain'
    this.#read(this.#head)
    this.#head = Buffer.alloc(0)
  }

  #read(bytes: Uint8Array): void {
    if (this.#mediaType === 'text/plain') this.#countText(() => this.#decoder.decode(bytes, { stream: true }))
  }

  #countText(decode: () => string): void {
    let text: string
    try {
      text = decode()
    } catch (cause) {
      throw unknownType(cause)
    }
    if (binary.test(text.replaceAll(escapeCharacter, ''))) throw unknownType()
    this.#textTokens += estimateTokens(text)
  }

  #tokensOf(mediaType: string): number {
    if (mediaType.startsWith('image/')) return tokensOfImage
    if (mediaType.startsWith('text/')) return this.#textTokens
    const bySize = Math.ceil(this.#size / bytesPerToken)
    return Math.min(Math.max(bySize, leastTokensOfDocument), mostTokensOfDocument)
  }
}

function unknownType(cause?: unknown): ParleyError {
  return new ParleyError('attachment_type', { cause })
}
