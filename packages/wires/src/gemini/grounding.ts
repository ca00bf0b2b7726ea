import { isObject } from '../fields.ts'
import type { Annotation, JsonObject, JsonValue } from '../neutral.ts'

/**
 * Sources of a text. Gemini counts places in bytes of UTF-8 from the start of the part, the neutral form in UTF-16 units
 * from the start of the block, so that both directions need the text.
 */
export function readAnnotations(candidate: JsonObject, text: string): Annotation[] {
  const bytes = Buffer.from(text)
  const unitsAt = (place: JsonValue | undefined) =>
    typeof place === 'number' && place >= 0 ? bytes.toString('utf8', 0, place).length : undefined
  return [...readGrounding(candidate.groundingMetadata, unitsAt), ...readCitations(candidate.citationMetadata, unitsAt)]
}

type UnitsAt = (place: JsonValue | undefined) => number | undefined

function readGrounding(metadata: JsonValue | undefined, unitsAt: UnitsAt): Annotation[] {
  if (!isObject(metadata)) return []
  const chunks = listOf(metadata.groundingChunks)
  return listOf(metadata.groundingSupports).flatMap((support) => {
    const segment = isObject(support.segment) ? support.segment : {}
    const indices = Array.isArray(support.groundingChunkIndices) ? support.groundingChunkIndices : []
    return indices.flatMap((index): Annotation[] => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined
      return chunk === undefined ? [] : [readSupport(chunk, segment, unitsAt)]
    })
  })
}

/** A place at the start is left out of the JSON, as zeros are. */
function readSupport(chunk: JsonObject, segment: JsonObject, unitsAt: UnitsAt): Annotation {
  const source = [chunk.web, chunk.maps, chunk.retrievedContext, chunk.image].find(isObject) ?? {}
  const url = source.uri ?? source.sourceUri
  return annotation(
    { url, title: source.title, quote: segment.text },
    unitsAt(segment.startIndex ?? 0),
    unitsAt(segment.endIndex),
  )
}

function readCitations(metadata: JsonValue | undefined, unitsAt: UnitsAt): Annotation[] {
  if (!isObject(metadata)) return []
  return listOf(metadata.citations ?? metadata.citationSources).map((citation) =>
    annotation(
      { url: citation.uri, title: citation.title },
      unitsAt(citation.startIndex ?? 0),
      unitsAt(citation.endIndex),
    ),
  )
}

function annotation(
  fields: { url?: JsonValue | undefined; title?: JsonValue | undefined; quote?: JsonValue | undefined },
  start: number | undefined,
  end: number | undefined,
): Annotation {
  const read: Annotation = { kind: typeof fields.url === 'string' ? 'url' : 'document' }
  if (typeof fields.url === 'string') read.url = fields.url
  if (typeof fields.title === 'string') read.title = fields.title
  if (typeof fields.quote === 'string') read.quote = fields.quote
  if (start !== undefined && end !== undefined) Object.assign(read, { start, end })
  return read
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** An annotation and the text that it belongs to, up to where the annotation came. */
export interface PlacedAnnotation {
  annotation: Annotation
  text: string
}

export function writeGrounding(placed: readonly PlacedAnnotation[]): JsonObject {
  return {
    groundingChunks: placed.map(({ annotation: { url, title } }) => ({ web: { uri: url ?? '', title: title ?? '' } })),
    groundingSupports: placed.map(({ annotation: { start = 0, end, quote }, text }, index) => {
      const endUnits = end ?? text.length
      const segment = {
        startIndex: Buffer.byteLength(text.slice(0, start)),
        endIndex: Buffer.byteLength(text.slice(0, endUnits)),
        text: quote ?? text.slice(start, endUnits),
      }
      return { segment, groundingChunkIndices: [index] }
    }),
  }
}
