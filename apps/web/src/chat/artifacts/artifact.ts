/** Code of a reply that is looked at beside the conversation: a page, a picture, a diagram, a document, or just code. */
import { createContext } from 'react'
import type { Message } from '../../api/types.ts'
import { type Fence, readFences } from '../markdown/read-fences.ts'

/** The language is as the reply names it. */
export type Artifact = Fence

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

/** Everything in these messages that is more to look at than code, in the order in which it was written. */
export function artifactsIn(messages: readonly Pick<Message, 'role' | 'content'>[]): readonly Artifact[] {
  return messages
    .filter(({ role }) => role === 'assistant')
    .flatMap(({ content }) => readFences(content).fences)
    .filter((artifact) => kindOf(artifact) !== 'code')
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
