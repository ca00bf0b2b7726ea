import { assertObject, defined, isObject, join, readString, tryArray, tryObject, tryString } from '../fields.ts'
import {
  type Annotation,
  type AudioBlock,
  type CacheMark,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type MediaSource,
  type RefusalBlock,
  type TextBlock,
  WireError,
} from '../neutral.ts'
import { assertPicture, readBase64, readUrlSource } from '../shared/media.ts'

/** Content parts of Responses messages and tool outputs, read into blocks. */
export type ContentBlock = TextBlock | ImageBlock | DocumentBlock | AudioBlock | RefusalBlock

type PartReader = (part: JsonObject, path: string) => ContentBlock

const partReaders: Record<string, PartReader> = {
  input_text: readTextPart,
  output_text: readTextPart,
  text: readTextPart,
  summary_text: readTextPart,
  input_image: readImagePart,
  input_file: readFilePart,
  input_audio: readAudioPart,
  refusal: (part, path) => ({ type: 'refusal', text: readString(part, 'refusal', path) }),
}

/** A string is one text block. */
export function readContent(content: unknown, path: string): ContentBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw new WireError(path, 'notTextOrParts')
  return content.map((part, index) => readPart(part, join(path, index)))
}

function readPart(value: unknown, path: string): ContentBlock {
  const part = assertObject(value, path)
  const type = readString(part, 'type', path)
  const reader = Object.hasOwn(partReaders, type) ? partReaders[type] : undefined
  if (reader === undefined) throw new WireError(join(path, 'type'), 'unknownType', { type })
  return reader(part, path)
}

function readTextPart(part: JsonObject, path: string): TextBlock {
  const annotations = tryArray(part, 'annotations', path)
    ?.map(readAnnotation)
    .filter((found) => found !== undefined)
  return defined<TextBlock>({
    type: 'text',
    text: readString(part, 'text', path),
    cache: readCacheMark(part),
    annotations: annotations?.length ? annotations : undefined,
  })
}

/** A breakpoint lives 30 minutes or 12 hours: longer than the short mark of the neutral form in both cases. */
function readCacheMark(part: JsonObject): CacheMark | undefined {
  const mark = part['prompt_cache_breakpoint']
  if (!isObject(mark)) return undefined
  return typeof mark['ttl'] === 'string' ? { ttl: '1h' } : {}
}

function readImagePart(part: JsonObject, path: string): ImageBlock {
  const detail = tryString(part, 'detail', path)
  return defined<ImageBlock>({
    type: 'image',
    source: assertPicture(readSource(part, { data: 'image_url', url: 'image_url', path }), join(path, 'image_url')),
    detail: detail === 'low' || detail === 'high' || detail === 'auto' ? detail : undefined,
    cache: readCacheMark(part),
  })
}

function readFilePart(part: JsonObject, path: string): DocumentBlock {
  const filename = tryString(part, 'filename', path)
  return defined<DocumentBlock>({
    type: 'document',
    source: asText(readSource(part, { data: 'file_data', url: 'file_url', path })),
    title: isDefaultName(filename) ? undefined : filename,
    cache: readCacheMark(part),
  })
}

/** A file given by its bytes must have a name; these stand for "none". */
export const defaultFilenames = { text: 'document.txt', other: 'document.pdf' } as const

function isDefaultName(filename: string | undefined): boolean {
  return filename === defaultFilenames.text || filename === defaultFilenames.other
}

function asText(source: MediaSource): DocumentBlock['source'] {
  if (source.kind !== 'base64' || source.mediaType !== 'text/plain') return source
  return { kind: 'text', text: Buffer.from(source.data, 'base64').toString('utf8') }
}

function readAudioPart(part: JsonObject, path: string): AudioBlock {
  const audio = tryObject(part, 'input_audio', path) ?? {}
  const format = readString(audio, 'format', join(path, 'input_audio'))
  const data = readBase64(audio, 'data', join(path, 'input_audio'))
  return { type: 'audio', source: { kind: 'base64', mediaType: `audio/${format}`, data }, format }
}

interface SourceFields {
  data: string
  url: string
  path: string
}

function readSource(part: JsonObject, { data, url, path }: SourceFields): MediaSource {
  const fileId = tryString(part, 'file_id', path)
  if (fileId !== undefined) return { kind: 'file', fileId }
  const inline = tryString(part, data, path)
  const address = tryString(part, url, path)
  if (inline !== undefined) {
    return readUrlSource(inline.startsWith('data:') || data === url ? inline : pdfUrl(inline), join(path, data))
  }
  if (address === undefined) throw new WireError(path, 'addressMissing', { data, url })
  return readUrlSource(address, join(path, url))
}

/** `file_data` should be a data URL; bare base64 is what older clients send for PDFs. */
function pdfUrl(data: string): string {
  return `data:application/pdf;base64,${data}`
}

/** Annotations of kinds that no other wire has keep their own object. */
export function readAnnotation(value: unknown): Annotation | undefined {
  if (!isObject(value)) return undefined
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : undefined)
  const count = (key: string) => (typeof value[key] === 'number' ? value[key] : undefined)
  if (value['type'] === 'url_citation') {
    return defined<Annotation>({
      kind: 'url',
      url: text('url'),
      title: text('title'),
      start: count('start_index'),
      end: count('end_index'),
    })
  }
  return defined<Annotation>({
    kind: 'file',
    fileId: text('file_id'),
    title: text('filename'),
    start: count('start_index'),
    end: count('end_index'),
    raw: value,
  })
}
