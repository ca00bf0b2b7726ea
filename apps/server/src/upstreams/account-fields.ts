import { fieldFaults, invalidField } from '@parley/contract'
import type { WireName } from '@parley/wires'
import type { Encryption } from '../config/encryption.ts'
import type { AccountKind } from './account.ts'
import type { AccountRow } from './account-repository.ts'
import { openSecrets, sealColumn, sealCredential } from './account-secrets.ts'
import { Connection } from './connection.ts'
import { assertSpoken, readEndpoint } from './endpoint.ts'
import type { OAuthTokens } from './oauth/oauth-settings.ts'

/** What an operator says about an account. Null clears a field, undefined leaves it as it is. */
export interface AccountFields {
  readonly name?: string | undefined
  readonly kind?: AccountKind | undefined
  readonly baseUrl?: string | null | undefined
  readonly apiKey?: string | null | undefined
  /** Stands in place of an API key. */
  readonly tokens?: OAuthTokens | undefined
  /** Public model id → the upstream's name for it; null: every model of its kind. */
  readonly models?: { readonly [id: string]: string } | null | undefined
  /** Wires that the upstream speaks; null: those of its kind. */
  readonly wires?: readonly WireName[] | null | undefined
  readonly priority?: number | undefined
  readonly weight?: number | undefined
  readonly maxConcurrency?: number | null | undefined
  readonly proxy?: string | null | undefined
  readonly headers?: { readonly [name: string]: string } | null | undefined
  readonly isEnabled?: boolean | undefined
  /** False: only callers that are pinned to it use it. */
  readonly isSchedulable?: boolean | undefined
  readonly groups?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly notes?: string | undefined
}

export type NewAccount = AccountFields & {
  readonly name: string
  readonly kind: AccountKind
  /** The only one who may use it; it may not be at a private address then, unless those are allowed. */
  readonly ownerId?: string | null | undefined
}

/** The columns of an account that may be written again. */
export type AccountColumns = Partial<Omit<AccountRow, 'id' | 'owner_id' | 'created_at'>>

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Printable ASCII: what can stand in a header. */
const headerText = /^[\x20-\x7e]*$/
const reservedHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
])

/** The columns for the given fields, secrets sealed. */
export function columnsOf(fields: AccountFields, id: string, encryption: Encryption): AccountColumns {
  const columns: AccountColumns = {}
  if (fields.name !== undefined) columns.name = fields.name
  if (fields.kind !== undefined) columns.kind = fields.kind
  if (fields.baseUrl !== undefined) columns.base_url = fields.baseUrl
  if (fields.apiKey !== undefined) {
    columns.credential = sealCredential(fields.apiKey === null ? null : { apiKey: fields.apiKey }, id, encryption)
  }
  if (fields.tokens !== undefined) columns.credential = sealCredential({ tokens: fields.tokens }, id, encryption)
  if (fields.models !== undefined) columns.models_json = jsonOrNull(fields.models)
  if (fields.wires !== undefined) columns.wires_json = jsonOrNull(fields.wires)
  if (fields.priority !== undefined) columns.priority = fields.priority
  if (fields.weight !== undefined) columns.weight = fields.weight
  if (fields.maxConcurrency !== undefined) columns.max_concurrency = fields.maxConcurrency
  if (fields.proxy !== undefined) columns.proxy = sealColumn(fields.proxy, { id, column: 'proxy', encryption })
  if (fields.headers !== undefined) {
    columns.headers = sealColumn(jsonOrNull(fields.headers), { id, column: 'headers', encryption })
  }
  if (fields.isEnabled !== undefined) columns.is_enabled = fields.isEnabled ? 1 : 0
  if (fields.isSchedulable !== undefined) columns.is_schedulable = fields.isSchedulable ? 1 : 0
  if (fields.groups !== undefined) columns.groups_json = JSON.stringify([...new Set(fields.groups)])
  if (fields.tags !== undefined) columns.tags_json = JSON.stringify(fields.tags)
  if (fields.notes !== undefined) columns.notes = fields.notes
  return columns
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

/** Throws ParleyError naming the field, when the account as it would stand could not be called. */
export function assertUsable(kind: AccountKind, fields: AccountFields): void {
  if (typeof fields.apiKey === 'string' && (!headerText.test(fields.apiKey) || /\s/.test(fields.apiKey))) {
    throw invalidField('api_key', fieldFaults.accountKeySpaced)
  }
  for (const [name, value] of Object.entries(fields.headers ?? {})) assertHeader(name, value)
  if (typeof fields.proxy === 'string') assertProxy(fields.proxy)
  if (fields.models && Object.keys(fields.models).length === 0) {
    throw invalidField('models', fieldFaults.accountModelsEmpty)
  }
  const { baseUrl = null, apiKey = null, headers, wires = null } = fields
  if (wires !== null) assertSpoken(kind, wires)
  readEndpoint({ kind, baseUrl, apiKey, accessToken: null, headers: headers ?? {}, wires })
  const hasCredential = apiKey !== null || fields.tokens !== undefined || Object.keys(headers ?? {}).length > 0
  if (kind !== 'simulator' && baseUrl === null && !hasCredential) {
    throw invalidField('api_key', fieldFaults.accountKeyMissing)
  }
}

function assertHeader(name: string, value: string): void {
  if (!headerName.test(name)) throw invalidField(`headers.${name}`, fieldFaults.notHeaderName)
  if (reservedHeaders.has(name.toLowerCase())) throw invalidField(`headers.${name}`, fieldFaults.reservedHeader)
  if (!headerText.test(value)) throw invalidField(`headers.${name}`, fieldFaults.notPlainAscii)
}

/** Throws ParleyError when there is no way through it: what else than its kind it must be is known to the connection alone. */
export function assertProxy(proxy: string): void {
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined
  if (url === undefined || !['http:', 'https:', 'socks5:'].includes(url.protocol) || url.hostname === '') {
    throw invalidField('proxy', fieldFaults.notProxy)
  }
  try {
    new Connection({ proxy, connectTimeoutMs: 1 }).retire()
  } catch (cause) {
    throw invalidField('proxy', fieldFaults.notProxy, {}, cause)
  }
}

/** The fields as the row has them: what a change is laid over before it is judged as a whole. */
export function fieldsOf(row: AccountRow, encryption: Encryption): AccountFields {
  const { apiKey, tokens, proxy, headers } = openSecrets(row, encryption)
  return { baseUrl: row.base_url, apiKey, tokens: tokens ?? undefined, proxy, headers }
}
