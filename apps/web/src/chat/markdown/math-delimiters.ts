/**
 * Models also write formulas as `\( … \)` and `\[ … \]`, which Markdown takes for brackets that were escaped. Here they become
 * `$$ … $$`, which nobody takes for prices: in a line, or in lines of its own where a `\[` is the first in its line.
 */
const fence = /^ {0,3}(`{3,}|~{3,})/
/** What may stand before a formula in lines of its own: the marks of the quote and the list that it is in. */
const lead = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])?[ \t]*$/
const longestLead = 40
const blankLine = /\n[ \t]*\n/

/** Takes time in proportion to the text. */
export function withDollars(markdown: string): string {
  if (!/\\[([]/.test(markdown)) return markdown
  const pieces: string[] = []
  let piece: string[] = []
  let openFence: string | undefined
  const endPiece = () => {
    if (piece.length > 0) pieces.push(openFence === undefined ? convert(piece.join('\n')) : piece.join('\n'))
    piece = []
  }
  for (const line of markdown.split('\n')) {
    const mark = fence.exec(line)?.[1]
    if (openFence === undefined && mark !== undefined) {
      endPiece()
      openFence = mark
    } else if (openFence !== undefined && mark?.startsWith(openFence) === true && line.trim() === mark) {
      piece.push(line)
      endPiece()
      openFence = undefined
      continue
    }
    piece.push(line)
  }
  endPiece()
  return pieces.join('\n')
}

interface Opening {
  readonly at: number
  readonly closing: ')' | ']'
  readonly lineStart: number
}

/** Of a text without fenced code. */
function convert(text: string): string {
  const spans = codeSpans(text).values()
  let span = spans.next().value
  let opening: Opening | undefined
  let lineStart = 0
  let done = 0
  let converted = ''
  for (const { 0: token, index } of text.matchAll(/\\[^\n]|\n/g)) {
    while (span !== undefined && span.end <= index) span = spans.next().value
    if (token === '\n') lineStart = index + 1
    else if (span !== undefined && span.start <= index) continue
    else if (token === '\\(') opening = { at: index, closing: ')', lineStart }
    else if (token === '\\[') opening = { at: index, closing: ']', lineStart }
    else if (opening !== undefined && token.endsWith(opening.closing)) {
      const { from, formula } = formulaOf(text, opening, index)
      converted += text.slice(done, from) + formula
      done = index + 2
      opening = undefined
    }
  }
  return converted + text.slice(done)
}

/** What stands from there on, instead of the formula. */
function formulaOf(text: string, { at, closing, lineStart }: Opening, end: number): { from: number; formula: string } {
  const inner = text.slice(at + 2, end)
  const asItIs = { from: at, formula: text.slice(at, end + 2) }
  if (inner.trim() === '' || inner.includes('$$')) return asItIs
  const before = text.slice(lineStart, Math.min(at, lineStart + longestLead))
  if (closing === ']' && lineStart + before.length === at && lead.test(before)) {
    const isLast = /^[ \t]*(?:\n|$)/.test(text.slice(end + 2))
    return { from: lineStart, formula: blockOf(inner, { before, isLast }) }
  }
  if (blankLine.test(inner)) return asItIs
  return { from: at, formula: `$$${inner.trim().replaceAll(/\s*\n[\s>]*/g, ' ')}$$` }
}

/** In lines of its own, in the list or quote that it is in. `isLast`: nothing follows it in the line that it ended. */
function blockOf(inner: string, { before, isLast }: { readonly before: string; readonly isLast: boolean }): string {
  const margin = before.replace(/[^>\s]/g, ' ')
  const ofMargin = margin.includes('>') ? /^[ \t>]+/ : /^[ \t]+/
  const lines = inner.split('\n').map((line) => line.replace(ofMargin, '').trimEnd())
  const block = ['$$', ...lines.filter((line) => line !== ''), '$$'].map((line) => margin + line).join('\n')
  return (margin === before ? '' : `${before.trimEnd()}\n`) + block + (isLast ? '' : `\n${margin}`)
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Code in a line: as many backticks as it began with end it, in the same paragraph. */
function codeSpans(text: string): readonly Span[] {
  const runs = [...text.matchAll(/`+|\n[ \t]*(?=\n)/g)]
  const endOf = new Map<number, number>()
  const later = new Map<number, number>()
  for (const { 0: run, index } of runs.toReversed()) {
    if (run.startsWith('\n')) later.clear()
    else {
      const closing = later.get(run.length)
      if (closing !== undefined) endOf.set(index, closing + run.length)
      later.set(run.length, index)
    }
  }
  const spans: Span[] = []
  for (const { index: start } of runs) {
    const end = endOf.get(start)
    if (end === undefined || start < (spans.at(-1)?.end ?? 0) || isEscaped(text, start)) continue
    spans.push({ start, end })
  }
  return spans
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text[first - 1] === '\\') first -= 1
  return (at - first) % 2 === 1
}
