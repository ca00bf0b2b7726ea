import { join, readString } from '../fields.ts'
import { type JsonObject, type MediaSource, WireError } from '../neutral.ts'

type InlineSource = Extract<MediaSource, { kind: 'base64' }>

const dataUrlHead = /^data:([^;,]*)((?:;[^;,]*)*),/i

/** The bytes in a `data:` URL as base64, undefined when it is no data URL. */
export function tryDataUrl(url: string): InlineSource | undefined {
  const head = dataUrlHead.exec(url.slice(0, 1024))
  if (!head) return undefined
  const body = url.slice(head[0].length)
  const isBase64 = (head[2] ?? '').toLowerCase().endsWith(';base64')
  const data = isBase64 ? body : Buffer.from(unescapePercent(body)).toString('base64')
  return { kind: 'base64', mediaType: head[1] || 'text/plain', data }
}

export function toDataUrl(source: InlineSource): string {
  return `data:${source.mediaType};base64,${source.data}`
}

/** A source as its wire's URL field has it: a data URL is inline content. */
export function readUrlSource(url: string, path: string): MediaSource {
  const inline = tryDataUrl(url)
  if (inline !== undefined) return { ...inline, data: asBase64(inline.data, path) }
  if (/^https?:\/\//i.test(url)) return foundAt({ kind: 'url', url }, path)
  throw new WireError(path, 'notWebUrl')
}

/** Beside the sources and not in them: where something stood in one request is no part of what it is. */
const fields = new WeakMap<MediaSource, string>()

/** For request readers: notes in which field of the caller's request the source stood. */
export function foundAt(source: MediaSource, field: string): MediaSource {
  fields.set(source, field)
  return source
}

/** The caller's own name of the field, `input[0].content[1].image_url`; undefined where no wire has read it. */
export function tryFieldOf(source: MediaSource): string | undefined {
  return fields.get(source)
}

/** A field that holds bytes. Clients that write them in the alphabet for URLs, in lines or without padding are understood. */
export function readBase64(object: JsonObject, key: string, path: string): string {
  return asBase64(readString(object, key, path), join(path, key))
}

function asBase64(text: string, path: string): string {
  const data = isStandard(text) ? text : text.replaceAll('-', '+').replaceAll('_', '/').replace(/\s+/g, '')
  if (data.length % 4 === 1 || !isBase64(data)) throw new WireError(path, 'notBase64')
  return data.padEnd(Math.ceil(data.length / 4) * 4, '=')
}

/** Decoding passes over what is no base64, and then gives fewer bytes than so many characters stand for. */
function isBase64(data: string): boolean {
  return Buffer.from(data, 'base64').length === Buffer.byteLength(data, 'base64')
}

function isStandard(text: string): boolean {
  return !text.includes('-') && !text.includes('_') && isBase64(text)
}

/** For blocks that hold a picture: bytes of another kind are none. */
export function assertPicture(source: MediaSource, path: string): MediaSource {
  if (source.kind !== 'base64' || /^image\/./i.test(source.mediaType)) return source
  throw new WireError(path, 'notImage', { type: source.mediaType })
}

function unescapePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
