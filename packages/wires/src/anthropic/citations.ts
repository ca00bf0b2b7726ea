import type { Annotation, JsonObject } from '../neutral.ts'

/** Citations of all kinds ⇄ annotations. Places in a document stay in `raw`: no other wire counts them alike. */
export function readCitation(citation: JsonObject): Annotation {
  const annotation: Annotation = { kind: typeof citation.url === 'string' ? 'url' : 'document', raw: citation }
  const title = citation.title ?? citation.document_title
  if (typeof citation.url === 'string') annotation.url = citation.url
  if (typeof title === 'string') annotation.title = title
  if (typeof citation.file_id === 'string') annotation.fileId = citation.file_id
  if (typeof citation.cited_text === 'string') annotation.quote = citation.cited_text
  return annotation
}

const ownTypes = new Set([
  'char_location',
  'page_location',
  'content_block_location',
  'web_search_result_location',
  'search_result_location',
])

/** For requests: the upstream takes back only what it said itself. */
export function tryOwnCitation({ raw }: Annotation): JsonObject | undefined {
  return typeof raw?.type === 'string' && ownTypes.has(raw.type) ? raw : undefined
}

/** For replies. Undefined for a source that is neither this wire's own nor on the web. */
export function tryWriteCitation(annotation: Annotation): JsonObject | undefined {
  const own = tryOwnCitation(annotation)
  if (own !== undefined) return own
  if (annotation.url === undefined) return undefined
  return {
    type: 'web_search_result_location',
    url: annotation.url,
    title: annotation.title ?? null,
    cited_text: annotation.quote ?? '',
    encrypted_index: '',
  }
}
