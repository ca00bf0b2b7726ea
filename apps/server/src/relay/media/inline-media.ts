import { fieldFaults, invalidField } from '@parley/contract'
import type { ChatMessage, ChatRequest, DocumentBlock, ImageBlock, WireName } from '@parley/wires'
import type { Media, MediaFetcher } from './media-fetcher.ts'

/** Pictures and documents that a request names by URL and that the upstream must be given as bytes. */

interface Place {
  readonly path: string
  readonly url: string
  readonly type: MediaBlock['type']
}

type Block = ChatMessage['content'][number]
type MediaBlock = ImageBlock | DocumentBlock

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
  if (places.length > maxPlaces) throw invalidField('messages', fieldFaults.tooManyUrls, { most: maxPlaces })
  return places
}

function addPlace(places: Place[], block: Block, { path, wire }: { path: string; wire: WireName }): void {
  if (block.type !== 'image' && block.type !== 'document') return
  if (block.source.kind !== 'url' || !needsBytes[wire](block, block.source.url)) return
  places.push({ path: `${path}.source`, url: block.source.url, type: block.type })
}

/** The request with the bytes in those places. All are fetched at once. */
export async function inlineMedia(
  request: ChatRequest,
  places: readonly Place[],
  fetcher: MediaFetcher,
): Promise<ChatRequest> {
  const urls = new Map(places.map(({ url, path }) => [url, path]))
  const fetched = await Promise.all(
    [...urls].map(async ([url, path]) => [url, await fetcher.fetch(url, path)] as const),
  )
  const media = new Map(fetched)
  for (const { url, type, path } of places) assertFits(type, media.get(url), { url, path })
  const paths = new Set(places.map(({ path }) => path))
  return {
    ...request,
    messages: request.messages.map(
      (message, index): ChatMessage =>
        ({
          ...message,
          content: message.content.map((block, position) =>
            withBytes(block, `messages[${index}].content[${position}]`, { paths, media }),
          ),
        }) as ChatMessage,
    ),
  }
}

function assertFits(type: MediaBlock['type'], media: Media | undefined, place: { url: string; path: string }): void {
  const isPicture = media?.mediaType.startsWith('image/') ?? false
  if (isPicture !== (type === 'image')) throw invalidField(place.path, fieldFaults.notOfType, { url: place.url, type })
}

interface Inlining {
  readonly paths: ReadonlySet<string>
  readonly media: ReadonlyMap<string, Media>
}

function withBytes<T extends Block>(block: T, path: string, inlining: Inlining): T {
  if (block.type === 'tool-result') {
    const content = block.content.map((inner, index) => withBytes(inner, `${path}.content[${index}]`, inlining))
    return { ...block, content }
  }
  if (!('source' in block) || block.source.kind !== 'url' || !inlining.paths.has(`${path}.source`)) return block
  const found = inlining.media.get(block.source.url)
  return found === undefined ? block : { ...block, source: sourceOf(found) }
}

function sourceOf({ mediaType, bytes }: Media): DocumentBlock['source'] {
  return mediaType.startsWith('text/')
    ? { kind: 'text', text: bytes.toString('utf8') }
    : { kind: 'base64', mediaType, data: bytes.toString('base64') }
}
