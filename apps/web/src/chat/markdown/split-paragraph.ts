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
const underline = /^\s*[-=:|\s]+$/
const marks = /[*_~`$\\[\]]/g
const openTarget = /\]\([^)]*$/

/** Undefined for what is short, or no paragraph. */
export function splitParagraph(block: string): readonly ParagraphPiece[] | undefined {
  if (block.length < 2 * longPiece || special.test(block)) return undefined
  const [first = '', ...others] = block.split('\n')
  const isMore = others.some((line) => line.trim() !== '' && (special.test(line) || underline.test(line)))
  if (first.length < 2 * longPiece || isMore) return undefined
  const pieces: ParagraphPiece[] = []
  let from = 0
  for (const { index, 0: gap } of first.matchAll(/ (?=\p{L})|(?<=[。！？])(?=\p{L})/gu)) {
    const text = first.slice(from, index)
    if (text.length < longPiece || !isClosed(text)) continue
    pieces.push({ text, gap })
    from = index + gap.length
  }
  return pieces.length === 0 ? undefined : [...pieces, { text: block.slice(from), gap: '' }]
}

/** Nothing is open at its end, as far as counting tells: rather too long a piece than one that is cut wrongly. */
function isClosed(text: string): boolean {
  const counts = new Map<string, number>()
  for (const [mark] of text.matchAll(marks)) counts.set(mark, (counts.get(mark) ?? 0) + 1)
  const count = (mark: string) => counts.get(mark) ?? 0
  return (
    ['*', '_', '~', '`', '$'].every((mark) => count(mark) % 2 === 0) &&
    count('[') === count(']') &&
    count('\\') === 0 &&
    !openTarget.test(text)
  )
}
