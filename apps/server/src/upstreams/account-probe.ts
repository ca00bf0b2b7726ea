import { ParleyError, reasonText } from '@parley/contract'
import { type ChatRequest, chooseWire, wires } from '@parley/wires'
import { type Dispatcher, request } from 'undici'
import type { AccountKind } from './account.ts'
import type { PooledAccount } from './pool.ts'
import { readAnswer } from './read-at-most.ts'

/** What came of a small real call on an account. */
export interface AccountProbe {
  readonly ok: boolean
  /** HTTP status; null when there was no answer. */
  readonly status: number | null
  readonly latencyMs: number
  /** The upstream's name of the model that was asked. */
  readonly model: string | null
  /** The upstream's own words, or why it could not be reached. */
  readonly error: string | null
  /** What the upstream says it has; null when it does not say. */
  readonly models: readonly string[] | null
}

const timeoutMs = 30_000
const maxTokens = 16

type RealKind = Exclude<AccountKind, 'simulator'>

const fallbackModels: Record<RealKind, string | undefined> = {
  anthropic: 'claude-haiku-4-5',
  openai: 'gpt-4o-mini',
  gemini: 'gemini-2.5-flash',
  'azure-openai': undefined,
}

/** Asks for the model list and a few tokens, through the account's own proxy and with its own credential. */
export async function probeAccount(
  pooled: PooledAccount,
  dispatcher: Dispatcher,
  wantedModel: string | undefined,
): Promise<AccountProbe> {
  const { kind } = pooled.account
  if (kind === 'simulator') return { ok: true, status: 200, latencyMs: 0, model: null, error: null, models: null }
  const models = await tryModels(pooled, kind, dispatcher)
  const model = (wantedModel && (pooled.models?.get(wantedModel) ?? wantedModel)) || chooseModel(pooled, kind, models)
  if (model === undefined) {
    const error = reasonText('noTestModel')
    return { ok: false, status: null, latencyMs: 0, model: null, error, models }
  }
  const started = performance.now()
  const answer = await ask(pooled, dispatcher, callFor(pooled, model))
  return { ...answer, latencyMs: Math.round(performance.now() - started), model, models }
}

function chooseModel(pooled: PooledAccount, kind: RealKind, models: readonly string[] | null): string | undefined {
  const [mapped] = pooled.models?.values() ?? []
  if (mapped !== undefined) return mapped
  const fallback = fallbackModels[kind]
  if (models === null || models.length === 0 || (fallback && models.includes(fallback))) return fallback
  return models[0]
}

interface Call {
  readonly path: string
  readonly model: string
  readonly body: unknown
}

/** What a caller's call would be: some models are there on one of the upstream's wires only. */
function callFor({ account, endpoint }: PooledAccount, model: string): Call {
  const greeting: ChatRequest = {
    model,
    stream: false,
    system: [],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    tools: [],
  }
  const name = chooseWire(greeting, account.wires)
  if (name === undefined) throw new ParleyError('internal', { cause: new Error('an account that speaks no wire') })
  // Those of OpenAI that think may need more for that; a reply to "Hi" is short without a limit.
  const asked = name === 'anthropic' || name === 'gemini' ? { ...greeting, maxTokens } : greeting
  const wire = wires[name]
  return { path: wire.requestPath({ model, stream: false }), model, body: wire.writeRequest(asked, endpoint.dialect) }
}

async function ask(
  pooled: PooledAccount,
  dispatcher: Dispatcher,
  call: Call,
): Promise<Pick<AccountProbe, 'ok' | 'status' | 'error'>> {
  try {
    const { status, text } = await send(pooled, dispatcher, call)
    const ok = status >= 200 && status < 300 && tryJson(text) !== undefined
    return { ok, status, error: ok ? null : messageIn(text) }
  } catch (error) {
    return { ok: false, status: null, error: describe(error) }
  }
}

/** The upstream's model list is a courtesy: many do not have one. */
async function tryModels(
  pooled: PooledAccount,
  kind: RealKind,
  dispatcher: Dispatcher,
): Promise<readonly string[] | null> {
  if (kind === 'azure-openai') return null
  const path = kind === 'gemini' ? '/v1beta/models?pageSize=1000' : '/v1/models'
  try {
    const { status, text } = await send(pooled, dispatcher, { path, model: '', body: undefined })
    return status === 200 ? modelsIn(tryJson(text)) : null
  } catch {
    return null
  }
}

async function send(
  pooled: PooledAccount,
  dispatcher: Dispatcher,
  call: Call,
): Promise<{ status: number; text: string }> {
  const { endpoint } = pooled
  const headers = { ...endpoint.defaultHeaders, ...endpoint.headers, accept: 'application/json' }
  const { statusCode, body } = await request(endpoint.origin + endpoint.path(call.path, call.model), {
    dispatcher,
    method: call.body === undefined ? 'GET' : 'POST',
    headers: call.body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    body: call.body === undefined ? null : JSON.stringify(call.body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  return { status: statusCode, text: await readAnswer(body) }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function modelsIn(json: unknown): string[] | null {
  const { data, models } = (json ?? {}) as { data?: unknown; models?: unknown }
  const list = Array.isArray(data) ? data : Array.isArray(models) ? models : undefined
  if (list === undefined) return null
  return list.flatMap((entry: { id?: unknown; name?: unknown } | null) => {
    const name = entry?.id ?? entry?.name
    return typeof name === 'string' ? [name.replace(/^models\//, '')] : []
  })
}

function messageIn(text: string): string {
  const json = tryJson(text) as { error?: { message?: unknown } | string; message?: unknown } | undefined
  const error = json?.error
  const message = (typeof error === 'object' ? error?.message : error) ?? json?.message
  return typeof message === 'string' ? message : text.slice(0, 300) || 'an empty reply'
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return reasonText('noAnswerWithin', { seconds: timeoutMs / 1000 })
  const { code } = error as { code?: unknown }
  return [code, error.message].filter((part) => typeof part === 'string' && part !== '').join(': ')
}
