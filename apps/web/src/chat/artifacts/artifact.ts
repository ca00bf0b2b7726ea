/** Code of a reply that is looked at beside the conversation: a page, a picture, a diagram, a document, or just code. */
import { createContext } from 'react'
import type { Message } from '../../api/types.ts'

export interface Artifact {
  readonly code: string
  /** As the reply names it. */
  readonly language: string | undefined
}

export type ArtifactKind = 'page' | 'picture' | 'diagram' | 'document' | 'code'

/** Opens one, where there is room for it. */
export const OpenArtifact = createContext<((artifact: Artifact) => void) | undefined>(undefined)

export function kindOf({ code, language }: Artifact): ArtifactKind {
  switch (language?.toLowerCase()) {
    case 'html':
    case 'htm':
      return 'page'
    case 'svg':
      return 'picture'
    case 'xml':
      return /^\s*(<\?xml[^>]*>\s*)?<svg[\s>]/.test(code) ? 'picture' : 'code'
    case 'mermaid':
      return 'diagram'
    case 'md':
    case 'markdown':
      return 'document'
    default:
      return 'code'
  }
}

const opening = /^ {0,3}(`{3,}|~{3,})([^\s`]*)/
const closing = /^ {0,3}([`~]{3,})\s*$/

/** Everything in these messages that is more to look at than code, in the order in which it was written. */
export function artifactsIn(messages: readonly Pick<Message, 'role' | 'content'>[]): readonly Artifact[] {
  return messages
    .filter(({ role }) => role === 'assistant')
    .flatMap(({ content }) => fencedIn(content))
    .filter((artifact) => kindOf(artifact) !== 'code')
}

/** Line by line: an expression for all of it would look for the end of each fence in all that follows. */
function fencedIn(markdown: string): readonly Artifact[] {
  const found: Artifact[] = []
  let open: { readonly mark: string; readonly language: string; readonly lines: string[] } | undefined
  for (const line of markdown.split('\n')) {
    if (open === undefined) {
      const [, mark, language = ''] = opening.exec(line) ?? []
      if (mark !== undefined) open = { mark, language, lines: [] }
    } else if (closing.exec(line)?.[1]?.startsWith(open.mark) === true) {
      found.push({ language: open.language === '' ? undefined : open.language, code: open.lines.join('\n') })
      open = undefined
    } else open.lines.push(line)
  }
  return found
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a page calls itself. */
export function tryTitle({ code, language }: Artifact): string | undefined {
  if (kindOf({ code, language }) !== 'page') return undefined
  // Not by a parser: even a document that is never shown has its handlers read, which this page's policy complains of.
  const title = /<title[^<>]*>([^<]*)<\/title>/i.exec(code)?.[1]?.trim() ?? ''
  const plain = title.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
  return plain === '' ? undefined : plain.slice(0, 100)
}
