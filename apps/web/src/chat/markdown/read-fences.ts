/** Code between fences, as it is written in Markdown. */
export interface Fence {
  readonly code: string
  readonly language: string | undefined
}

export interface Fences {
  /** Those that are closed, in their order. */
  readonly fences: readonly Fence[]
  /** The lines outside of all of them, also of one that is not closed. */
  readonly words: string
}

/** What has more backticks behind it is code within a line. */
const opening = /^(\s*)(`{3,}(?=[^`]*$)|~{3,})([^\s`]*)/
const closing = /^(\s*)([`~]{3,})\s*$/
/** Of a closing fence, beyond that of its opening: more of it is code. */
const mostIndentation = 3

interface OpenFence {
  readonly indentation: number
  readonly mark: string
  readonly language: string
  readonly lines: string[]
}

/** Line by line: an expression for all of it would look for the end of each fence in all that follows. */
export function readFences(markdown: string): Fences {
  const fences: Fence[] = []
  const words: string[] = []
  let open: OpenFence | undefined
  for (const line of markdown.split('\n')) {
    if (open === undefined) {
      const [, { length: indentation } = '', mark, language = ''] = opening.exec(line) ?? []
      if (mark === undefined) words.push(line)
      else open = { indentation, mark, language, lines: [] }
    } else if (closes(line, open)) {
      fences.push({ language: open.language === '' ? undefined : open.language, code: codeOf(open) })
      open = undefined
    } else open.lines.push(line)
  }
  return { fences, words: words.join('\n') }
}

function closes(line: string, { indentation, mark }: OpenFence): boolean {
  const [, space = '', written] = closing.exec(line) ?? []
  return written?.startsWith(mark) === true && space.length <= indentation + mostIndentation
}

/** In a list it is indented with its fence. */
function codeOf({ indentation, lines }: OpenFence): string {
  return lines.map((line) => line.slice(Math.min(indentation, line.search(/\S|$/)))).join('\n')
}
