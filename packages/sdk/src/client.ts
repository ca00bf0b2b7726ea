/**
 * A client for `/api`: for programs that act as a person, in a browser or in Node.
 *
 * Guarantees: an access token that has expired is renewed once, however many calls are waiting, and they go on. A reply
 * that is read is read to its end: when the connection is cut it goes on after the last event that came, and no event is
 * given twice. What the API refuses is a `ParleyApiError`; what `fetch` throws comes as it is.
 */
import { ApprovalRequired, MfaRequired, readApiError } from './errors.ts'
import { readRun } from './read-run.ts'
import type { RequestOptions } from './request-options.ts'
import type {
  Attachment,
  Conversation,
  Message,
  MfaChallenge,
  Model,
  Page,
  Run,
  RunEvent,
  SignedIn,
  User,
  WaitingSignUp,
} from './types.ts'

export interface Tokens {
  readonly token: string
  readonly refresh_token: string
}

export interface ClientOptions {
  /** `https://chat.example.com`; left out in a page that Parley itself serves. */
  readonly baseUrl?: string
  readonly tokens?: Tokens
  /** Told whenever there are new ones, to keep them; undefined: signed out. */
  readonly onTokens?: (tokens: Tokens | undefined) => void
  readonly language?: 'en' | 'zh'
  readonly fetch?: typeof fetch
}

export interface SendOptions {
  readonly modelId?: string
  /** Up to three models that answer it, too, each in a run of its own: `alternatives` has their replies. Not in groups. */
  readonly alsoModelIds?: readonly string[]
  /** Made by the caller: the same one again is the same send. */
  readonly clientMessageId?: string
  /** Ids of files that were uploaded before. */
  readonly attachments?: readonly string[]
  readonly signal?: AbortSignal
}

const anyType = 'application/octet-stream'

export type Client = ReturnType<typeof createClient>

export function createClient(options: ClientOptions = {}) {
  const connection = createConnection(options)
  const { request, data } = connection

  async function list<T>(path: string): Promise<Page<T>> {
    const response = await request('GET', path)
    const { data: items, pagination } = (await response.json()) as { data: T[]; pagination: Omit<Page<T>, 'items'> }
    return { items, ...pagination }
  }

  return {
    /** Throws MfaRequired when a code is needed: `verifyMfa` takes it then. */
    signIn: (email: string, password: string) => connection.signIn('/api/auth/login', { email, password }),
    /** `code` of the authenticator, or a recovery code. */
    verifyMfa: (challenge: string, code: string) => connection.signIn('/api/auth/mfa/verify', { challenge, code }),
    /** With the code that a provider's sign-in brought to the page. */
    exchangeOidc: (code: string) => connection.signIn('/api/auth/oidc/exchange', { code }),
    /** A link comes by mail, or from an administrator; the answer says nothing. */
    forgotPassword: (email: string) => data<null>('POST', '/api/auth/password/forgot', { body: { email } }),
    resetPassword: (token: string, password: string) =>
      data<null>('POST', '/api/auth/password/reset', { body: { token, password } }),
    /** Throws ApprovalRequired where an administrator lets new people in: nobody is signed in then. */
    register: (account: { email: string; password: string; username?: string }) =>
      connection.signIn('/api/auth/register', account),
    async signOut(): Promise<void> {
      await data('POST', '/api/auth/logout', { body: {} })
      connection.forget()
    },
    me: () => data<User>('GET', '/api/auth/me'),
    models: () => data<Model[]>('GET', '/api/models'),

    listConversations({ page = 1, limit = 20, tag = '' } = {}): Promise<Page<Conversation>> {
      const query = new URLSearchParams({ page: `${page}`, limit: `${limit}`, ...(tag && { tag }) })
      return list(`/api/conversations?${query.toString()}`)
    },
    createConversation: (fields: { title?: string; modelId?: string } = {}) =>
      data<Conversation>('POST', '/api/conversations', { body: fields }),
    getConversation: (id: string) =>
      data<Conversation & { messages: Message[] }>('GET', `/api/conversations/${encodeURIComponent(id)}`),
    updateConversation: (id: string, fields: { title?: string; modelId?: string }) =>
      data<Conversation>('PATCH', `/api/conversations/${encodeURIComponent(id)}`, { body: fields }),
    removeConversation: (id: string) => data<null>('DELETE', `/api/conversations/${encodeURIComponent(id)}`),

    /** Uploads a picture, a PDF or a text, for messages that are sent later. */
    upload: (file: Blob, name: string) =>
      data<Attachment>('POST', `/api/attachments?${new URLSearchParams({ name }).toString()}`, { body: file }),
    /** The content of one. */
    download: async (attachmentId: string) =>
      await (await request('GET', `/api/attachments/${encodeURIComponent(attachmentId)}`)).blob(),
    removeAttachment: (id: string) => data<null>('DELETE', `/api/attachments/${encodeURIComponent(id)}`),

    /** Sends a message and gives the reply as it is made: of several models side by side the first one's. */
    send(
      conversationId: string,
      content: string,
      { signal, alsoModelIds, ...fields }: SendOptions = {},
    ): AsyncGenerator<RunEvent> {
      const path = `/api/conversations/${encodeURIComponent(conversationId)}/messages/stream`
      const body = { content, ...fields, ...(alsoModelIds && { also_models: alsoModelIds }) }
      return readRun({ request, signal, open: () => request('POST', path, { body, ...(signal && { signal }) }) })
    },
    /** What stands at the place of a message, itself among it, oldest first; each reply's `run_id` can be read and stopped. */
    alternatives: (conversationId: string, messageId: string) =>
      data<Message[]>(
        'GET',
        `/api/conversations/${encodeURIComponent(conversationId)}/messages/${encodeURIComponent(messageId)}/alternatives`,
      ),
    /** A reply that is being made, or was, from a place in its log on. */
    readRun: (runId: string, { after = 0, signal }: { after?: number; signal?: AbortSignal } = {}) =>
      readRun({ request, signal, runId, after }),
    getRun: (runId: string) => data<Run>('GET', `/api/runs/${encodeURIComponent(runId)}`),
    stopRun: (runId: string) => data<unknown>('POST', `/api/runs/${encodeURIComponent(runId)}/stop`, { body: {} }),

    /** Any other endpoint: its `data`. */
    request: data,
  }
}

/** Requests with a token that is good. */
function createConnection({ baseUrl = '', tokens: given, onTokens, language, fetch: send = fetch }: ClientOptions) {
  let tokens = given
  let renewing: Promise<boolean> | undefined

  function keep(next: Tokens | undefined): void {
    tokens = next
    onTokens?.(next)
  }

  function once(method: string, path: string, { body, headers, signal }: RequestOptions): Promise<Response> {
    return send(baseUrl + path, {
      method,
      headers: {
        ...(tokens && { authorization: `Bearer ${tokens.token}` }),
        ...(body && { 'content-type': body instanceof Blob ? body.type || anyType : 'application/json' }),
        ...(language && { 'accept-language': language }),
        ...headers,
      },
      ...(body && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  }

  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const used = tokens
    const response = await once(method, path, options)
    if (response.ok) return response
    const error = await readApiError(response)
    if (error.status !== 401 || used === undefined || !(await renewed(used))) throw error
    const again = await once(method, path, options)
    if (!again.ok) throw await readApiError(again)
    return again
  }

  /** Whether there is another token than the one that was refused. */
  async function renewed(refused: Tokens): Promise<boolean> {
    if (tokens !== refused) return tokens !== undefined
    renewing ??= renew(refused).finally(() => {
      renewing = undefined
    })
    return await renewing
  }

  async function renew({ refresh_token }: Tokens): Promise<boolean> {
    const response = await once('POST', '/api/auth/refresh', { body: { refresh_token } })
    if (response.status === 401) {
      keep(undefined)
      return false
    }
    if (!response.ok) throw await readApiError(response)
    const next = await dataOf<SignedIn>(response)
    keep({ token: next.token, refresh_token: next.refresh_token })
    return true
  }

  async function data<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return await dataOf<T>(await request(method, path, options))
  }

  return {
    request,
    data,
    forget: () => keep(undefined),
    async signIn(path: string, body: object): Promise<User> {
      const signedIn = await data<SignedIn | MfaChallenge | WaitingSignUp>('POST', path, { body })
      if ('mfa_required' in signedIn) throw new MfaRequired(signedIn)
      if ('approval_required' in signedIn) throw new ApprovalRequired(signedIn)
      keep({ token: signedIn.token, refresh_token: signedIn.refresh_token })
      return signedIn.user
    },
  }
}

async function dataOf<T>(response: Response): Promise<T> {
  return ((await response.json()) as { data: T }).data
}
