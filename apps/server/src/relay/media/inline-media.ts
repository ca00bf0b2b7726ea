import { fieldFaults, invalidField } from '@parley/contract'
import {
  type ChatMessage,
  type ChatRequest,
  type DocumentBlock,
  type ImageBlock,
  tryFieldOf,
  type WireName,
} from '@parley/wires'
import type { Media, MediaFetcher } from './media-fetcher.ts'

/** Pictures and documents that a request names by URL and that the upstream must be given as bytes. */

interface Place {
  /** As the caller names it. */
  readonly field: string
  readonly source: UrlSource
  readonly type: MediaBlock['type']
}

type Block = ChatMessage['content'][number]
type MediaBlock = ImageBlock | DocumentBlock
type UrlSource = Extract<MediaBlock['source'], { kind: 'url' }>

/** Google fetches from its own places. */
const ownToGoogle =
  /^https:\/\/(?:generativelanguage\.googleapis\.com|storage\.googleapis\.com|(?:www\.)?youtube\.com|youtu\.be)\//

const needsBytes: { readonly [wire in WireName]: (block: MediaBlock, url: string) => boolean } = {
  anthropic: () => false,
  'openai-chat': ({ type }) => type === 'document',
  'openai-responses': () => false,
  gemini: (_block, url) => !ownToGoogle.test(url),
}

const maxPlaces = 20

/** Where the bytes are needed. Mostly nowhere, and then nothing is to be waited for. */
export function placesToFetch(request: ChatRequest, wire: WireName): readonly Place[] {
  const places: Place[] = []
  for (const [index, { content }] of request.messages.entries()) {
    for (const [position, block] of content.entries()) {
      const path = `messages[${index}].content[${position}]`
      addPlace(places, block, { path, wire })
      if (block.type !== 'tool-result') continue
      for (const [at, inner] of block.content.entries())
        addPlace(places, inner, { path: `${path}.content[${at}]`, wire })
    }
  }
  if (places.length > maxPlaces) throw invalidField(listOf(places), fieldFaults.tooManyUrls, { most: maxPlaces })
  return places
}

function addPlace(places: Place[], block: Block, { path, wire }: { path: string; wire: WireName }): void {
  if (block.type !== 'image' && block.type !== 'document') return
  if (block.source.kind !== 'url' || !needsBytes[wire](block, block.source.url)) return
  const { type, source } = block
  places.push({ field: tryFieldOf(source) ?? `${path}.source`, source, type })
}

/** `input`, when it is `input[0].content[1].image_url`. */
function listOf([first]: readonly Place[]): string {
  return first?.field.split('[', 1)[0] ?? 'messages'
}

/** The request with the bytes in those places. All are fetched at once. */
export async function inlineMedia(
  request: ChatRequest,
  places: readonly Place[],
  fetcher: MediaFetcher,
): Promise<ChatRequest> {
  const urls = new Map(places.map(({ source, field }) => [source.url, field]))
  const fetched = await Promise.all(
    [...urls].map(async ([url, field]) => [url, await fetcher.fetch(url, field)] as const),
  )
  const media = new Map(fetched)
  for (const place of places) assertFits(place, media.get(place.source.url))
  const found = new Map(places.map(({ source }) => [source, media.get(source.url)]))
  return {
    ...request,
    messages: request.messages.map(
      (message): ChatMessage =>
        ({ ...message, content: message.content.map((block) => withBytes(block, found)) }) as ChatMessage,
    ),
  }
}

function assertFits({ field, source: { url }, type }: Place, media: Media | undefined): void {
  const isPicture = media?.mediaType.startsWith('image/') ?? false
  if (isPicture !== (type === 'image')) throw invalidField(field, fieldFaults.notOfType, { url, type })
}

function withBytes<T extends Block>(block: T, found: ReadonlyMap<unknown, Media | undefined>): T {
  if (block.type === 'tool-result') {
    return { ...block, content: block.content.map((inner) => withBytes(inner, found)) }
  }
  const media = 'source' in block ? found.get(block.source) : undefined
  return media === undefined ? block : { ...block, source: sourceOf(media) }
}

function sourceOf({ mediaType, bytes }: Media): DocumentBlock['source'] {
  return mediaType.startsWith('text/')
    ? { kind: 'text', text: bytes.toString('utf8') }
    : { kind: 'base64', mediaType, data: bytes.toString('base64') }
}
