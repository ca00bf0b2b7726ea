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

/** Blocks as content parts. */

export function writeUserPart(block: Exclude<UserBlock, ToolResultBlock>): JsonObject {
  if (block.type === 'audio') throw new WireError('messages', 'audio', { wire: 'openai-responses' })
  return writeInputPart(block)
}

export function writeInputPart(block: TextBlock | ImageBlock | DocumentBlock): JsonObject {
  if (block.type === 'text') return { type: 'input_text', text: block.text }
  if (block.type === 'image') return writeImage(block)
  return { type: 'input_file', ...writeFile(block.source, block.title) }
}

function writeImage({ source, detail }: ImageBlock): JsonObject {
  const place = source.kind === 'file' ? { file_id: source.fileId } : { image_url: writeUrl(source) }
  return defined<JsonObject>({ type: 'input_image', ...place, detail })
}

function writeUrl(source: Exclude<ImageBlock['source'], { kind: 'file' }>): string {
  return source.kind === 'url' ? source.url : toDataUrl(source)
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
