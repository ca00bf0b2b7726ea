import { defined } from '../fields.ts'
import {
  type Annotation,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type RefusalBlock,
  type TextBlock,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { toDataUrl } from '../shared/media.ts'
import { defaultFilenames } from './read-content.ts'

/** Blocks as content parts. `path` names the block in the neutral request, for errors. */

export function writeUserPart(block: Exclude<UserBlock, ToolResultBlock>, path: string): JsonObject[] {
  if (block.type === 'audio') throw new WireError(path, `${path}: OpenAI Responses does not take audio`)
  return writeInputPart(block)
}

export function writeInputPart(block: TextBlock | ImageBlock | DocumentBlock): JsonObject[] {
  if (block.type === 'text') return [{ type: 'input_text', text: block.text }]
  return block.type === 'image' ? [writeImage(block)] : writeDocument(block)
}

function writeImage({ source, detail }: ImageBlock): JsonObject {
  const place = source.kind === 'file' ? { file_id: source.fileId } : { image_url: writeUrl(source) }
  return defined<JsonObject>({ type: 'input_image', ...place, detail })
}

function writeUrl(source: Exclude<ImageBlock['source'], { kind: 'file' }>): string {
  return source.kind === 'url' ? source.url : toDataUrl(source)
}

/** The context of a document has no field here: it stands before the file as text. */
function writeDocument({ source, title, context }: DocumentBlock): JsonObject[] {
  const before = context === undefined ? [] : [{ type: 'input_text', text: context }]
  return [...before, { type: 'input_file', ...writeFile(source, title) }]
}

function writeFile(source: DocumentBlock['source'], title: string | undefined): JsonObject {
  switch (source.kind) {
    case 'file':
      return { file_id: source.fileId }
    case 'url':
      return { file_url: source.url }
    case 'text':
      return { filename: title ?? defaultFilenames.text, file_data: textUrl(source.text) }
    case 'base64':
      return { filename: title ?? defaultFilenames.other, file_data: toDataUrl(source) }
  }
}

function textUrl(text: string): string {
  return toDataUrl({ kind: 'base64', mediaType: 'text/plain', data: Buffer.from(text).toString('base64') })
}

export function writeOutputPart(block: TextBlock | RefusalBlock): JsonObject {
  if (block.type === 'refusal') return { type: 'refusal', refusal: block.text }
  const annotations = block.annotations?.map((annotation) => writeAnnotation(annotation, block.text.length))
  return { type: 'output_text', text: block.text, ...(annotations?.length ? { annotations } : {}) }
}

/** `textLength` is how far the text has come: where the source does not say which part rests on it. */
export function writeAnnotation(annotation: Annotation, textLength: number): JsonObject {
  const { kind, raw, start = 0, end = textLength } = annotation
  if (typeof raw?.['type'] === 'string' && annotationTypes.has(raw['type'])) return raw
  if (kind === 'file' && annotation.fileId !== undefined) {
    return { type: 'file_citation', file_id: annotation.fileId, filename: annotation.title ?? '', index: start }
  }
  const { url = '', title = annotation.quote ?? '' } = annotation
  return { type: 'url_citation', url, title, start_index: start, end_index: end }
}

const annotationTypes = new Set(['url_citation', 'file_citation', 'container_file_citation', 'file_path'])
