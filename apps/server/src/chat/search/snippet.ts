import type { Term } from './query.ts'
import { type Word, wordsOf } from './words.ts'

export interface Snippet {
  readonly text: string
  /** Where in `text` the words stand that were looked for: start and end, in UTF-16 units. */
  readonly marks: readonly (readonly [number, number])[]
}

const before = 60
const length = 240

/** The place in a text where the terms are first found, with some text around it on one line. */
export function createSnippet(text: string, terms: readonly Term[]): Snippet {
  let from = 0
  let to = Math.min(text.length, length)
  const found: [number, number][] = []
  const words: Word[] = []
  for (const word of wordsOf(text)) {
    if (found.length > 0 && word.start >= to) break
    words.push(word)
    for (const term of terms) {
      const mark = tryMark(words, term)
      if (mark === undefined) continue
      if (found.length === 0) {
        from = boundary(text, Math.max(0, mark[0] - before))
        to = boundary(text, Math.min(text.length, Math.max(from + length, mark[1])))
      }
      if (mark[1] <= to) found.push(mark)
    }
  }
  const [head, tail] = [from > 0 ? '…' : '', to < text.length ? '…' : '']
  const offset = head.length - from
  return {
    text: head + text.slice(from, to).replace(/\s/g, ' ') + tail,
    marks: joined(found).map(([start, end]) => [start + offset, end + offset]),
  }
}

/** Where a term stands that ends with the last of these words. */
function tryMark(words: readonly Word[], { words: wanted, isPrefix }: Term): [number, number] | undefined {
  const first = words.length - wanted.length
  if (first < 0) return undefined
  for (const [index, text] of wanted.entries()) {
    const word = words[first + index]?.text ?? ''
    const isLast = index === wanted.length - 1
    if (isLast && isPrefix ? !word.startsWith(text) : word !== text) return undefined
  }
  const [start, last] = [words[first], words.at(-1)]
  if (start === undefined || last === undefined) return undefined
  const isHalfPair = isPrefix && last.kind === 'pair'
  return [start.start, isHalfPair ? last.start + (wanted.at(-1)?.length ?? 1) : last.end]
}

function joined(marks: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = []
  for (const [start, end] of marks.toSorted((left, right) => left[0] - right[0])) {
    const last = result.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}

/** Never between the two halves of a character. */
function boundary(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at
}
