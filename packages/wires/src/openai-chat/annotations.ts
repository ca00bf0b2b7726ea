import { isObject } from '../fields.ts'
import type { Annotation, JsonObject } from '../neutral.ts'

/** `url_citation` ⇄ annotations. */
export function tryReadAnnotation(value: unknown): Annotation | undefined {
  const citation = isObject(value) && isObject(value.url_citation) ? value.url_citation : undefined
  if (typeof citation?.url !== 'string') return undefined
  const annotation: Annotation = { kind: 'url', url: citation.url }
  if (typeof citation.title === 'string') annotation.title = citation.title
  if (typeof citation.content === 'string') annotation.quote = citation.content
  if (typeof citation.start_index === 'number') annotation.start = citation.start_index
  if (typeof citation.end_index === 'number') annotation.end = citation.end_index
  return annotation
}

/** Only sources on the web can be said here. */
export function tryWriteAnnotation(annotation: Annotation): JsonObject | undefined {
  if (annotation.url === undefined) return undefined
  const citation: JsonObject = {
    url: annotation.url,
    title: annotation.title ?? '',
    start_index: annotation.start ?? 0,
    end_index: annotation.end ?? 0,
  }
  if (annotation.quote !== undefined) citation.content = annotation.quote
  return { type: 'url_citation', url_citation: citation }
}
