import { fieldFaults, invalidField } from '@parley/contract'
import type { ChatDialect, WireName } from '@parley/wires'
import type { AccountKind } from './account.ts'

/** Where an account's calls go, and with which headers. */
export interface Endpoint {
  /** Scheme and host. */
  readonly origin: string
  /** Sent with every call: credential and custom headers, by lower-case name. */
  readonly headers: { readonly [name: string]: string }
  /** Sent where the caller has none of that name. */
  readonly defaultHeaders: { readonly [name: string]: string }
  readonly wires: readonly WireName[]
  /** Of OpenAI Chat, where it speaks that. */
  readonly dialect: ChatDialect
  /** The upstream's path for a wire's own path. */
  path(wirePath: string, upstreamModel: string): string
}

export interface EndpointSettings {
  readonly kind: AccountKind
  readonly baseUrl: string | null
  readonly apiKey: string | null
  /** Of OAuth; stands in place of a key. */
  readonly accessToken: string | null
  readonly headers: { readonly [name: string]: string }
  /** What the operator says it speaks; null: what its kind does. */
  readonly wires: readonly WireName[] | null
}

const defaultBaseUrls: Partial<Record<AccountKind, string>> = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com',
  gemini: 'https://generativelanguage.googleapis.com',
}

/** The latest dated version of Azure's own paths; `?api-version=` in the base URL says another. */
const azureApiVersion = '2024-10-21'
const leadingVersion = /^\/v\d+(?:(?:alpha|beta)\d*)?(?=\/)/
const trailingVersion = /\/v\d+(?:(?:alpha|beta)\d*)?$/

/** Kinds under which servers of several makers stand, and what these may speak. */
const selectableWires: Partial<Record<AccountKind, readonly WireName[]>> = {
  openai: ['openai-chat', 'openai-responses'],
  'azure-openai': ['openai-chat', 'openai-responses'],
}

/** Throws ParleyError when no upstream of the kind could speak them. */
export function assertSpoken(kind: AccountKind, spoken: readonly WireName[]): void {
  const selectable = selectableWires[kind]
  if (selectable === undefined) throw invalidField('wires', fieldFaults.wiresFixed, { kind })
  if (spoken.length === 0 || !spoken.every((wire) => selectable.includes(wire)))
    throw invalidField('wires', fieldFaults.notSomeOf, { values: selectable.join(', ') })
}

const nowhere: Endpoint = {
  origin: '',
  headers: {},
  defaultHeaders: {},
  wires: [],
  dialect: 'openai',
  path: (path) => path,
}

/** The endpoint of an account. Throws ParleyError naming the field that is wrong. */
export function readEndpoint(settings: EndpointSettings): Endpoint {
  const { kind, apiKey, accessToken, headers } = settings
  if (kind === 'simulator') return nowhere
  const url = readBaseUrl(settings)
  const prefix = url.pathname.replace(/\/+$/, '')
  return {
    origin: url.origin,
    headers: {
      ...(accessToken === null ? credentialHeaders(kind, apiKey) : { authorization: `Bearer ${accessToken}` }),
      ...lowerCase(headers),
    },
    defaultHeaders: kind === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {},
    wires: settings.wires ?? wiresOf(kind, url),
    dialect: dialectOf(kind, url),
    path: kind === 'azure-openai' ? azurePath(prefix, url.searchParams) : plainPath(prefix, url.search),
  }
}

function readBaseUrl({ kind, baseUrl }: EndpointSettings): URL {
  const text = baseUrl ?? defaultBaseUrls[kind]
  if (text === undefined) throw invalidField('base_url', fieldFaults.baseUrlMissing, { kind })
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalidField('base_url', fieldFaults.notUrl)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidField('base_url', fieldFaults.baseUrlCredential)
  }
  return url
}

/**
 * A base URL ends before the wire's own path. When it ends in a version all the same (`…/v1`, `…/api/paas/v4`), that
 * stands in place of the wire's.
 */
function plainPath(prefix: string, search: string): Endpoint['path'] {
  const hasVersion = trailingVersion.test(prefix)
  return (wirePath) => {
    const path = prefix + (hasVersion ? wirePath.replace(leadingVersion, '') : wirePath)
    if (search === '') return path
    return path + (path.includes('?') ? `&${search.slice(1)}` : search)
  }
}

/** Azure names the deployment in the path, except below `/openai/v1`, where paths are OpenAI's own. */
function azurePath(prefix: string, parameters: URLSearchParams): Endpoint['path'] {
  if (prefix.endsWith('/openai/v1')) return plainPath(prefix, parameters.size === 0 ? '' : `?${parameters.toString()}`)
  const root = `${prefix.replace(/\/openai$/, '')}/openai`
  const query = new URLSearchParams({ 'api-version': azureApiVersion, ...Object.fromEntries(parameters) }).toString()
  return (wirePath, upstreamModel) => {
    const [path = '', wireQuery] = wirePath.split('?')
    if (path.startsWith('/v1/responses')) return root + wirePath
    const deployment = `${root}/deployments/${encodeURIComponent(upstreamModel)}${path.replace(leadingVersion, '')}`
    return `${deployment}?${wireQuery === undefined ? '' : `${wireQuery}&`}${query}`
  }
}

/** Only OpenAI itself is known to speak Responses; what is compatible with it speaks Chat Completions. */
function wiresOf(kind: AccountKind, url: URL): readonly WireName[] {
  switch (kind) {
    case 'anthropic':
      return ['anthropic']
    case 'gemini':
      return ['gemini']
    case 'azure-openai':
      return ['openai-chat', 'openai-responses']
    case 'openai':
      return isOpenAi(url) ? ['openai-chat', 'openai-responses'] : ['openai-chat']
    case 'simulator':
      return []
  }
}

const dialectsByHost: readonly (readonly [RegExp, ChatDialect])[] = [
  [/(?:^|\.)mistral\.ai$/, 'mistral'],
  [/(?:^|\.)openrouter\.ai$/, 'openrouter'],
  [/(?:^|\.)deepseek\.com$/, 'deepseek'],
  [/(?:^|\.)moonshot\.(?:ai|cn)$/, 'moonshot'],
  [/(?:^|\.)(?:z\.ai|bigmodel\.cn)$/, 'zhipu'],
  [/(?:^|[.-])dashscope(?:-[a-z]+)?\.aliyuncs\.com$/, 'qwen'],
  [/(?:^|\.)x\.ai$/, 'xai'],
  [/(?:^|\.)(?:groq\.com|cerebras\.ai)$/, 'strict'],
]

function dialectOf(kind: AccountKind, url: URL): ChatDialect {
  const known = dialectsByHost.find(([host]) => host.test(url.hostname))?.[1]
  return known ?? (kind === 'azure-openai' || isOpenAi(url) ? 'openai' : 'compatible')
}

/** `eu.api.openai.com`: in a region. */
function isOpenAi({ hostname }: URL): boolean {
  return /(?:^|\.)api\.openai\.com$/.test(hostname)
}

function credentialHeaders(kind: AccountKind, apiKey: string | null): { [name: string]: string } {
  if (apiKey === null) return {}
  switch (kind) {
    case 'anthropic':
      return { 'x-api-key': apiKey }
    case 'openai':
      return { authorization: `Bearer ${apiKey}` }
    case 'azure-openai':
      return { 'api-key': apiKey }
    case 'gemini':
      return { 'x-goog-api-key': apiKey }
    case 'simulator':
      return {}
  }
}

function lowerCase(headers: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
