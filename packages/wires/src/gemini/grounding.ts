import { isObject } from '../fields.ts'
import type { Annotation, JsonObject, JsonValue } from '../neutral.ts'

/**
 * Sources of a text. Gemini counts places in bytes of UTF-8 from the start of the part, the neutral form in UTF-16 units
 * from the start of the block, so that both directions need the text.
 */
export function readAnnotations(candidate: JsonObject, read: SourceReading): Annotation[] {
  const supports = unread(
    isObject(candidate.groundingMetadata) ? candidate.groundingMetadata.groundingSupports : [],
    read,
  )
  const metadata = isObject(candidate.citationMetadata) ? candidate.citationMetadata : {}
  const citations = unread(metadata.citations ?? metadata.citationSources, read)
  if (supports.length + citations.length === 0) return []
  const bytes = Buffer.from(read.text.join(''))
  const unitsAt = (place: JsonValue | undefined) =>
    typeof place === 'number' && place >= 0 ? bytes.toString('utf8', 0, place).length : undefined
  return [...readGrounding(candidate.groundingMetadata, supports, unitsAt), ...readCitations(citations, unitsAt)]
}

/** What has been read of the block. Chunks may repeat the sources of those before. */
export interface SourceReading {
  readonly text: readonly string[]
  readonly sources: Set<string>
}

function unread(list: JsonValue | undefined, { sources }: SourceReading): JsonObject[] {
  return listOf(list).filter((source) => {
    const key = JSON.stringify(source)
    const isNew = !sources.has(key)
    sources.add(key)
    return isNew
  })
}

type UnitsAt = (place: JsonValue | undefined) => number | undefined

function readGrounding(metadata: JsonValue | undefined, supports: JsonObject[], unitsAt: UnitsAt): Annotation[] {
  const chunks = listOf(isObject(metadata) ? metadata.groundingChunks : [])
  return supports.flatMap((support) => {
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

function readCitations(citations: JsonObject[], unitsAt: UnitsAt): Annotation[] {
  return citations.map(({ uri, title, startIndex, endIndex }) =>
    annotation({ url: uri, title }, unitsAt(startIndex ?? 0), unitsAt(endIndex)),
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
