import type { Read } from './readers.ts'

/** How to sign in to a kind of upstream with OAuth 2.0: all of it is the operator's, nothing is built in. */
export interface OAuthSettings {
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: readonly string[]
  readonly redirectUri: string
  /** How the token endpoint wants its parameters. RFC 6749 says form; some take JSON only. */
  readonly tokenFormat: 'form' | 'json'
}

const known = [
  'authorize_url',
  'token_url',
  'client_id',
  'client_secret',
  'scopes',
  'redirect_uri',
  'token_format',
] as const
type Given = { readonly [Name in (typeof known)[number]]?: unknown }

/** One kind's settings as a JSON object; whatever is wrong in it is said by name. */
export const oauthSettings: Read<OAuthSettings> = (value) => {
  const given = readObject(value)
  const stranger = Object.keys(given).find((name) => !known.some((one) => one === name))
  if (stranger !== undefined) throw new RangeError(`has no "${stranger}": it may hold ${known.join(', ')}`)
  const { client_secret: clientSecret, scopes = '', token_format: tokenFormat = 'form' } = given
  if (tokenFormat !== 'form' && tokenFormat !== 'json') throw new RangeError('needs "token_format" to be form or json')
  if (clientSecret !== undefined && typeof clientSecret !== 'string')
    throw new RangeError('needs "client_secret" to be text')
  return {
    authorizeUrl: readUrl(given, 'authorize_url'),
    tokenUrl: readUrl(given, 'token_url'),
    clientId: readText(given, 'client_id'),
    clientSecret,
    scopes: readScopes(scopes),
    redirectUri: readUrl(given, 'redirect_uri'),
    tokenFormat,
  }
}

function readObject(text: string): Given {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (cause) {
    throw new RangeError('must be a JSON object', { cause })
  }
  throw new RangeError('must be a JSON object')
}

function readText(given: Given, name: keyof Given): string {
  const value = given[name]
  if (typeof value === 'string' && value !== '') return value
  throw new RangeError(`needs "${name}"`)
}

function readUrl(given: Given, name: keyof Given): string {
  const value = readText(given, name)
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value
  throw new RangeError(`needs "${name}" to be a URL that begins with http:// or https://`)
}

/** As a list, or as OAuth writes them: one text with spaces. */
function readScopes(scopes: unknown): readonly string[] {
  const list = typeof scopes === 'string' ? scopes.split(' ').filter((scope) => scope !== '') : scopes
  if (Array.isArray(list) && list.every((scope) => typeof scope === 'string')) return list
  throw new RangeError('needs "scopes" to be a list or a text with spaces between them')
}
