/**
 * Cuts one very long paragraph into pieces that mean the same apart as together, so that of one that grows only the last
 * piece is read again. A piece ends at a space, or after a CJK full stop, where no emphasis, code, link or formula is open and
 * a letter follows, which can begin nothing else; it depends on what stands before it only, so that it stays.
 */
export interface ParagraphPiece {
  readonly text: string
  /** What stands between it and the next: a space, or nothing. */
  readonly gap: string
}

const longPiece = 600
/** What begins something other than a paragraph, or may. */
const special = /^\s*([-*+>#|=<`~$[]|\d+[.)]|\s{4})/
/** The line that makes a heading or a table of the line before it. */
const underline = /^[-=:|\s]+$/
const marks = /[*_~`$\\[\]]/g

/** Undefined for what is short, or no paragraph. */
export function splitParagraph(block: string): readonly ParagraphPiece[] | undefined {
  if (block.length < 2 * longPiece || special.test(block)) return undefined
  const [first = '', ...others] = block.split('\n')
  const isMore = others.some((line) => line.trim() !== '' && (special.test(line) || underline.test(line)))
  if (first.length < 2 * longPiece || isMore) return undefined
  const pieces: ParagraphPiece[] = []
  const marksSoFar = new MarksSoFar()
  let from = 0
  let read = 0
  for (const { index, 0: gap } of first.matchAll(/ (?=\p{L})|(?<=[。！？])(?=\p{L})/gu)) {
    marksSoFar.read(first.slice(read, index))
    read = index
    if (index - from < longPiece || !marksSoFar.areClosed) continue
    pieces.push({ text: first.slice(from, index), gap })
    from = index + gap.length
  }
  return pieces.length === 0 ? undefined : [...pieces, { text: block.slice(from), gap: '' }]
}

/** What is open in a text that is read bit by bit, as far as counting tells: rather too long a piece than one that is cut wrongly. */
class MarksSoFar {
  readonly #counts = new Map<string, number>()
  #isInTarget = false

  read(text: string): void {
    for (const [mark] of text.matchAll(marks)) this.#counts.set(mark, this.#count(mark) + 1)
    const [begun, ended] = [text.lastIndexOf(']('), text.lastIndexOf(')')]
    if (begun !== ended) this.#isInTarget = begun > ended
  }

  get areClosed(): boolean {
    return (
      ['*', '_', '~', '`', '$'].every((mark) => this.#count(mark) % 2 === 0) &&
      this.#count('[') === this.#count(']') &&
      this.#count('\\') === 0 &&
      !this.#isInTarget
    )
  }

  #count(mark: string): number {
    return this.#counts.get(mark) ?? 0
  }
}
