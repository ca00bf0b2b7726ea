import {
  fetchFaults,
  fieldFaults,
  fillMessage,
  invalidField,
  type Message,
  type MessageParameters,
} from '@parley/contract'
import { type Dispatcher, request } from 'undici'
import { Connection } from '../../upstreams/connection.ts'
import { PrivateAddressRefused } from '../../upstreams/private-address.ts'
import { tryReadAtMost } from '../../upstreams/read-at-most.ts'

/** What stood behind a URL. */
export interface Media {
  readonly mediaType: string
  readonly bytes: Buffer
}

/**
 * Fetches what a request names by URL, for upstreams that do not fetch it themselves.
 *
 * Guarantees: it connects to no private address, whatever the name resolves to and wherever it redirects to (unless the
 * operator allows them); it never takes more than `maxBytes`, nor longer than `timeoutMs`, nor anything else than pictures,
 * PDF and text. What fails is the caller's 400, naming the field.
 */
export interface MediaFetcher extends AsyncDisposable {
  fetch(url: string, field: string): Promise<Media>
}

export interface MediaFetcherOptions {
  readonly allowPrivateUrls: boolean
  readonly timeoutMs?: number
  readonly maxBytes?: number
  /** What requests go through before the guard. */
  readonly compose?: Dispatcher.DispatcherComposeInterceptor
}

const maxRedirects = 3
const megabyte = 1024 * 1024

export function createMediaFetcher(options: MediaFetcherOptions): MediaFetcher {
  const { allowPrivateUrls, timeoutMs = 15_000, maxBytes = 20 * megabyte, compose } = options
  const settings = { proxy: null, connectTimeoutMs: timeoutMs, isPublicOnly: !allowPrivateUrls }
  const connection = new Connection(settings)
  const { dispatcher } = connection
  const limits = { dispatcher: compose === undefined ? dispatcher : dispatcher.compose(compose), maxBytes }
  return {
    async fetch(url, field) {
      try {
        return await fetchMedia(url, { ...limits, signal: AbortSignal.timeout(timeoutMs) })
      } catch (cause) {
        throw invalidField(field, fieldFaults.notFetched, { url, reason: reasonOf(cause) }, cause)
      }
    },
    [Symbol.asyncDispose]: () => connection.destroy(),
  }
}

/** Why, as the caller is told. */
class NotFetched extends Error {
  override readonly name = 'NotFetched'
  readonly reason: Message

  constructor(reason: Message, parameters: MessageParameters = {}) {
    const filled = fillMessage(reason, parameters)
    super(filled.en)
    this.reason = filled
  }
}

interface FetchLimits {
  readonly dispatcher: Dispatcher
  readonly signal: AbortSignal
  readonly maxBytes: number
}

async function fetchMedia(url: string, limits: FetchLimits): Promise<Media> {
  let place = url
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    if (!/^https?:\/\//i.test(place) || !URL.canParse(place)) throw new NotFetched(fetchFaults.notUrl)
    const { dispatcher, signal } = limits
    const headers = { accept: 'image/*, application/pdf, text/*;q=0.5', 'user-agent': 'parley' }
    const { statusCode, headers: said, body } = await request(place, { dispatcher, signal, headers })
    const { location } = said
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
      await body.dump()
      place = new URL(location, place).href
      continue
    }
    if (statusCode !== 200) {
      await body.dump()
      throw new NotFetched(fetchFaults.status, { status: statusCode })
    }
    const bytes = await tryReadAtMost(body, limits.maxBytes)
    if (bytes === undefined)
      throw new NotFetched(fetchFaults.tooLarge, { megabytes: Math.floor(limits.maxBytes / megabyte) })
    return { bytes, mediaType: mediaTypeOf(bytes, said['content-type']) }
  }
  throw new NotFetched(fetchFaults.redirects, { most: maxRedirects })
}

/** How the formats that upstreams take begin. Servers often name the type wrongly; the bytes do not. */
const beginnings: readonly (readonly [mediaType: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['application/pdf', /^%PDF-/],
]

function mediaTypeOf(bytes: Buffer, said: string | string[] | undefined): string {
  const start = bytes.toString('latin1', 0, 16)
  const found = beginnings.find(([, beginning]) => beginning.test(start))
  if (found) return found[0]
  const type =
    String(said ?? '')
      .split(';', 1)[0]
      ?.trim()
      .toLowerCase() ?? ''
  if (type.startsWith('text/') && type !== 'text/html') return type
  throw new NotFetched(fetchFaults.type, { type: type === '' ? '?' : type })
}

function reasonOf(cause: unknown): Message | string {
  if (cause instanceof NotFetched) return cause.reason
  if (cause instanceof PrivateAddressRefused) return fetchFaults.private
  if (cause instanceof Error && cause.name === 'TimeoutError') return fetchFaults.slow
  const { code } = cause as { code?: unknown }
  return typeof code === 'string' ? code : fetchFaults.connection
}
