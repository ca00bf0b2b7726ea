/**
 * Models write formulas as `$ … $`, which are prices and shell variables as well, and as `\( … \)` and `\[ … \]`, which
 * Markdown takes for brackets that were escaped, and which sometimes are. What is a formula becomes `$$ … $$`, which nobody
 * takes for anything else: in a line, or in lines of its own where a `\[` is the first in its line.
 */
const fence = /^ {0,3}(`{3,}|~{3,})/
/** What may stand before a formula in lines of its own: the marks of the quote and the list that it is in. */
const lead = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])?[ \t]*$/
const longestLead = 40
const blankLine = /\n[ \t]*\n/
/** Brackets that were escaped, `\[1\]`, `\[sic\]` or `\[x\]`: words and numbers without room beside them. */
const reference = /^(?!\s)[\p{L}\p{N}\s.,;:…'’"“”&#?!-]+(?<!\s)$/u
/** What `$5 and US` is, before the next price. */
const priced = /^\d[^\\]*?(?<![A-Za-z])[A-Za-z]{2}/

/** Takes time in proportion to the text. */
export function withMarkedFormulas(markdown: string): string {
  if (!/\\[([]|\$/.test(markdown)) return markdown
  const pieces: string[] = []
  let piece: string[] = []
  let openFence: string | undefined
  const endPiece = () => {
    if (piece.length > 0) {
      const text = piece.join('\n')
      pieces.push(openFence === undefined ? convertDollars(convertBrackets(text)) : text)
    }
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
function convertBrackets(text: string): string {
  const spans = spansOf(text).values()
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
  if (closing === ']' && reference.test(inner)) return asItIs
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

/**
 * As Pandoc and GitHub have it: no space follows the first dollar nor stands before the last, and no letter or digit is at
 * their other sides.
 */
function convertDollars(text: string): string {
  const spans = spansOf(text).values()
  let span = spans.next().value
  let opening: number | undefined
  let done = 0
  let converted = ''
  for (const { 0: token, index } of text.matchAll(/\\[^\n]|\$|\n[ \t]*(?=\n)/g)) {
    while (span !== undefined && span.end <= index) span = spans.next().value
    if (token.startsWith('\n')) opening = undefined
    if (token !== '$' || (span !== undefined && span.start <= index)) continue
    const [before = ' ', after = ' '] = [text[index - 1], text[index + 1]]
    if (opening !== undefined && /\S/.test(before) && !/\w/.test(after)) {
      const inner = text.slice(opening + 1, index)
      if (!priced.test(inner)) {
        converted += `${text.slice(done, opening)}$$${inner}$$`
        done = index + 1
      }
      opening = undefined
    } else if (/\S/.test(after) && !/\w/.test(before)) opening = index
  }
  return converted + text.slice(done)
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Code and formulas in a line: as many backticks or dollars as one began with end it, in the same paragraph. */
function spansOf(text: string): readonly Span[] {
  const runs = [...text.matchAll(/`+|\${2,}|\n[ \t]*(?=\n)/g)]
  const endOf = new Map<number, number>()
  const later = new Map<string, number>()
  for (const { 0: run, index } of runs.toReversed()) {
    if (run.startsWith('\n')) later.clear()
    else {
      const closing = later.get(run)
      if (closing !== undefined) endOf.set(index, closing + run.length)
      later.set(run, index)
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
