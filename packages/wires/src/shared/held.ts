/**
 * The longest that may be held at once of what an upstream says: a body, an event, the text of a reply that is put together.
 * Pictures in base64 fit in; and what is longer could not be said back to the model, because it is the longest request, too.
 */
export const longestHeld = 32 * 1024 * 1024

/** The upstream has said more in one piece than may be held. */
export class TooLongError extends Error {
  constructor() {
    super(`more than ${longestHeld / 1024 / 1024} MB in one piece`)
    this.name = 'TooLongError'
  }
}

export function assertHoldable(length: number): void {
  if (length > longestHeld) throw new TooLongError()
}

/** A body that means nothing before its end. */
export class HeldBody {
  #chunks: Uint8Array[] = []
  #length = 0

  /** Throws TooLongError. */
  push(chunk: Uint8Array): void {
    this.#length += chunk.length
    assertHoldable(this.#length)
    this.#chunks.push(chunk)
  }

  /** All of it as text; from here on nothing is held. */
  take(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8')
    this.#chunks = []
    return text
  }
}
