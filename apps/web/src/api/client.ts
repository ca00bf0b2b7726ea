/**
 * Talking to the server. An access token that has expired is renewed once, by one tab for all, and the call repeated; a
 * refresh token is never sent twice, because the server ends the session of one that is.
 */
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { formatDateTime } from '../i18n/format.ts'
import { textNow, languageNow } from '../i18n/language.ts'
import { exclusively } from './exclusive.ts'
import { endSession, type Session, session } from './session.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: the server could not be reached. */
  readonly status: number
  readonly code: string
  readonly details: unknown
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    fields: { status: number; code: string; details?: unknown; requestId?: string; retryAfterMs?: number },
  ) {
    super(message)
    this.status = fields.status
    this.code = fields.code
    this.details = fields.details
    this.requestId = fields.requestId
    this.retryAfterMs = fields.retryAfterMs
  }

  get isOffline(): boolean {
    return this.status === 0
  }
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is. */
  readonly file?: Blob
  readonly signal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface PageOf<T> {
  readonly items: T[]
  readonly pagination: { readonly page: number; readonly limit: number; readonly total: number }
}

/** What the server answers, without its envelope. */
export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const { data } = await envelope<T>(method, path, options)
  return data
}

export async function callPage<T>(path: string, options: CallOptions = {}): Promise<PageOf<T>> {
  const { data, pagination } = await envelope<T[]>('GET', path, options)
  return { items: data, pagination: pagination ?? { page: 1, limit: data.length, total: data.length } }
}

/** As many as the server puts on one page. */
const pageLimit = 500

/** All of a list, however many pages of it there are. */
export async function callAll<T>(path: string, options: CallOptions = {}): Promise<T[]> {
  const all: T[] = []
  for (let page = 1; ; page += 1) {
    const { items, pagination } = await callPage<T>(`${path}?limit=${pageLimit}&page=${page}`, options)
    all.push(...items)
    if (items.length === 0 || all.length >= pagination.total) return all
  }
}

/** The response itself, once it is known to be good: for streams and downloads. */
export async function open(method: Method, path: string, options: CallOptions = {}): Promise<Response> {
  const used = session.get()
  const response = await send(method, path, options)
  if (response.status !== 401 || used === null) return await assertGood(response)
  await renew(used)
  return await assertGood(await send(method, path, options))
}

const minuteMs = 60_000

/** The error as a text for a person: of a limit with when it is over, of a failure of the server with what finds it in its log. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return textNow(commonTexts.unexpected)
  const { message, status, requestId, retryAfterMs } = error
  if (status === 429 && retryAfterMs !== undefined) {
    const time = Math.ceil((Date.now() + retryAfterMs) / minuteMs) * minuteMs
    return textNow(commonTexts.retryAfter, { message, time: formatDateTime(time) })
  }
  return status >= 500 && requestId !== undefined ? textNow(commonTexts.ofRequest, { message, id: requestId }) : message
}

interface Envelope<T> {
  readonly data: T
  readonly pagination?: PageOf<T>['pagination']
}

async function envelope<T>(method: Method, path: string, options: CallOptions): Promise<Envelope<T>> {
  const response = await open(method, path, options)
  try {
    return (await response.json()) as Envelope<T>
  } catch (error) {
    throw unreachable(error)
  }
}

async function send(method: Method, path: string, { body, file, signal, headers }: CallOptions): Promise<Response> {
  const token = session.get()?.token
  try {
    return await fetch(path, {
      method,
      headers: {
        'accept-language': languageNow(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(file === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(file === undefined ? {} : { body: file }),
      signal: signal ?? null,
    })
  } catch (error) {
    throw unreachable(error)
  }
}

/** What a failed fetch is: a cancelled call stays one, anything else means that nobody answered. */
function unreachable(error: unknown): Error {
  if (error instanceof DOMException && error.name === 'AbortError') return error
  return new ApiError(textNow(commonTexts.offline), { status: 0, code: 'offline' })
}

interface ErrorBody {
  readonly error?: string
  readonly code?: string
  readonly details?: unknown
  readonly request_id?: string
}

async function assertGood(response: Response): Promise<Response> {
  if (response.ok) return response
  const body = (await response.json().catch(() => ({}))) as ErrorBody
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new ApiError(body.error ?? textNow(commonTexts.unexpected), {
    status: response.status,
    code: body.code ?? 'unknown',
    details: body.details,
    ...(body.request_id === undefined ? {} : { requestId: body.request_id }),
    ...(Number.isNaN(retryAfter) ? {} : { retryAfterMs: retryAfter * 1000 }),
  })
}

/** What another tab has stored arrives a moment after its lock does: browsers promise no order. */
const arrivalMs = 50

async function renew(used: Session): Promise<void> {
  await exclusively('refresh', async () => {
    await new Promise((resolve) => setTimeout(resolve, arrivalMs))
    session.reload()
    const current = session.get()
    // Another call or tab has renewed it meanwhile, or the person has signed out.
    if (current === null || current.token !== used.token) return
    const response = await send('POST', '/api/auth/refresh', { body: { refresh_token: current.refresh_token } })
    if (response.status === 401) endSession({ isWished: false })
    const { data } = (await (await assertGood(response)).json()) as Envelope<Session>
    session.set(data)
  })
}
