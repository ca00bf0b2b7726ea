import { wordsOf } from './words.ts'

/** Words that must stand one after another. */
export interface Term {
  readonly words: readonly string[]
  /** The last word may go on. */
  readonly isPrefix: boolean
}

const maxTerms = 16
const chunks = /["“”„]([^"“”„]*)["“”„]?|([^\s"“”„]+)/g

/**
 * What a person looks for: every word must be there, each may go on (`config` finds `configuration`), and what stands in
 * quotation marks must be there as it is. Text without spaces is looked for as it is, too: `机器学习`, `a.b.c`.
 */
export function readQuery(text: string): Term[] {
  const terms: Term[] = []
  for (const [, quoted, plain] of text.matchAll(chunks)) {
    const term = tryTerm(quoted ?? plain ?? '', quoted !== undefined)
    if (term !== undefined && terms.length < maxTerms) terms.push(term)
  }
  return terms
}

function tryTerm(text: string, isQuoted: boolean): Term | undefined {
  const words = [...wordsOf(text)]
  // The text that is found may go on after the query's last character, so there need not be an end.
  if (words.at(-1)?.kind === 'tail') words.pop()
  const last = words.at(-1)
  if (last === undefined) return undefined
  const isOpen = last.kind === 'single' || (last.kind === 'word' && last.text.length > 1 && !isQuoted)
  return { words: words.map((word) => word.text), isPrefix: isOpen }
}
