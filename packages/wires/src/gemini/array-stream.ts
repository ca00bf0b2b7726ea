import type { SseEvent } from '../sse.ts'

/**
 * The other form of a Gemini stream: without `alt=sse` the reply is one JSON array, sent element by element.
 * What it writes is one JSON array however many events there were.
 */
export interface ArrayStreamWriter {
  write(event: Pick<SseEvent, 'data'>): string
  end(): string
}

export function createGeminiArrayWriter(): ArrayStreamWriter {
  let hasElements = false
  return {
    write({ data }) {
      const before = hasElements ? ',\r\n' : '['
      hasElements = true
      return before + data
    },
    end: () => (hasElements ? ']\n' : '[]\n'),
  }
}
