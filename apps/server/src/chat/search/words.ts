/**
 * The words of a text, as search knows them: the same on every database, because no database is asked.
 *
 * Scripts that write words without spaces (Chinese, Japanese, Thai …) and Korean are cut into pairs of neighbours, so
 * that any two characters are found: `中国人` is `中国`, `国人` and, because it ends there, `人`. Everything else is words
 * of letters and digits. Case and width do not matter.
 */
export interface Word {
  readonly text: string
  /** Where it stands in the text, in UTF-16 units. */
  readonly start: number
  readonly end: number
  /** `pair`: of a script without spaces; `tail`: the last character of such a run, `single` if it is the only one. */
  readonly kind: 'word' | 'pair' | 'tail' | 'single'
}

/** Longer runs are taken in pieces: of a run of millions (encoded data), the regular expression's stack would overflow. */
const runs =
  /(?<dense>[[\p{L}\p{N}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]{1,4096})|[[\p{L}\p{N}\p{M}]--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]{1,4096}/gv
const dense =
  /[[\p{L}\p{N}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]/vy

/** Longer ones are no words, and no index takes them whole. */
const maxWordLength = 64

export function* wordsOf(text: string): Generator<Word, void, void> {
  for (const match of text.matchAll(runs)) {
    const [run] = match
    if (match.groups?.['dense'] !== undefined) {
      yield* pairsOf(run, match.index, tryDense(text, match.index + run.length))
      continue
    }
    const folded = fold(run.slice(0, maxWordLength))
    if (folded !== '') yield { text: folded, start: match.index, end: match.index + run.length, kind: 'word' }
  }
}

/** The character that stands there, when it belongs to the run that ends before it. */
function tryDense(text: string, at: number): string | undefined {
  dense.lastIndex = at
  return dense.exec(text)?.[0]
}

/** `after`: what the run goes on with, when this is a piece of it. */
function* pairsOf(run: string, at: number, after: string | undefined): Generator<Word, void, void> {
  const characters = Array.from(run)
  let start = at
  for (const [index, character] of characters.entries()) {
    const next = characters[index + 1] ?? after
    const alone = index === 0 ? 'single' : 'tail'
    const text = fold(next === undefined ? character : character + next)
    const end = start + character.length + (next?.length ?? 0)
    if (text !== '') yield { text, start, end, kind: next === undefined ? alone : 'pair' }
    start += character.length
  }
}

function fold(run: string): string {
  if (/^[\w]*$/.test(run)) return run.toLowerCase()
  // What compatibility takes apart may be more than letters: `⑴` is `(1)`.
  return run
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '')
}
