/** The server's own API, as the commands use it: the same rules, checks and audit trail as for everybody else. */
export interface ApiClient {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: object): Promise<T>
  patch<T>(path: string, body: object): Promise<T>
  delete<T>(path: string): Promise<T>
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string | undefined
}

/** Carries a request to the server: over the network, or into one that lives in this process. */
export type Transport = (request: ApiRequest) => Promise<{ readonly status: number; readonly text: string }>

/** What went wrong, for the person at the keyboard, and what the process ends with. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number
  /** What the server answered; undefined: nobody was asked. */
  readonly status: number | undefined

  constructor(message: string, { exitCode = 1, status, cause }: CommandErrorOptions = {}) {
    super(message, { cause })
    this.exitCode = exitCode
    this.status = status
  }
}

interface CommandErrorOptions {
  readonly exitCode?: number
  readonly status?: number
  readonly cause?: unknown
}

export function createApiClient(transport: Transport, token: string): ApiClient {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'parley-cli' }

  async function call<T>(method: ApiRequest['method'], path: string, body?: object): Promise<T> {
    const text = body === undefined && method === 'POST' ? '{}' : body && JSON.stringify(body)
    const { 'content-type': type, ...plain } = headers
    const reply = await transport({
      method,
      path,
      headers: text === undefined ? plain : { ...plain, 'content-type': type },
      body: text,
    })
    return readReply(path, reply) as T
  }

  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
  }
}

function readReply(path: string, { status, text }: { status: number; text: string }): unknown {
  const reply = tryJson(text)
  if (status >= 200 && status < 300) return reply !== null && 'data' in reply ? reply.data : (reply ?? text)
  const said = reply !== null && typeof reply.error === 'string' ? reply.error : text.slice(0, 500)
  throw new CommandError(status === 404 && said === '' ? `There is no ${path}.` : `${said} (${status})`, { status })
}

function tryJson(text: string): { data?: unknown; error?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
