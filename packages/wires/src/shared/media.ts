import type { MediaSource } from '../neutral.ts'

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
export function readUrlSource(url: string): MediaSource {
  return tryDataUrl(url) ?? { kind: 'url', url }
}

function unescapePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
