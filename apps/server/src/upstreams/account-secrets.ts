import type { Encryption } from '../config/encryption.ts'
import type { OAuthTokens } from './oauth/oauth-settings.ts'

/** The sealed columns of an account. Each is bound to its row and column: moved elsewhere it does not open. */
export interface AccountSecrets {
  /** An account has one or the other, or neither. */
  readonly apiKey: string | null
  readonly tokens: OAuthTokens | null
  readonly proxy: string | null
  readonly headers: { readonly [name: string]: string }
}

export type SealedColumn = 'credential' | 'proxy' | 'headers'

/** What is left of them when the account is removed. */
export const noSecrets: { readonly [Column in SealedColumn]: null } = { credential: null, proxy: null, headers: null }

export function sealColumn(
  text: string | null,
  { id, column, encryption }: { id: string; column: SealedColumn; encryption: Encryption },
): string | null {
  return text === null ? null : encryption.seal(text, contextOf(id, column))
}

/** What an account is called with: an API key is stored as it is, tokens as JSON, which no key begins like. */
export type Credential = { readonly apiKey: string } | { readonly tokens: OAuthTokens }

export function sealCredential(credential: Credential | null, id: string, encryption: Encryption): string | null {
  if (credential === null) return null
  const text = 'apiKey' in credential ? credential.apiKey : JSON.stringify(credential.tokens)
  return sealColumn(text, { id, column: 'credential', encryption })
}

/** Throws DecryptionError when a column was not sealed for this row, or its key is gone. */
export function openSecrets(
  row: { readonly id: string } & { readonly [Column in SealedColumn]: string | null },
  encryption: Encryption,
): AccountSecrets {
  const open = (column: SealedColumn) => {
    const sealed = row[column]
    return sealed === null ? null : encryption.open(sealed, contextOf(row.id, column))
  }
  const headers = open('headers')
  const credential = open('credential')
  const isTokens = credential?.startsWith('{') ?? false
  return {
    apiKey: isTokens ? null : credential,
    tokens: isTokens && credential !== null ? (JSON.parse(credential) as OAuthTokens) : null,
    proxy: open('proxy'),
    headers: headers === null ? {} : (JSON.parse(headers) as { [name: string]: string }),
  }
}

/** The same secret, sealed with the newest key. */
export function resealColumn(
  sealed: string,
  { id, column, encryption }: { id: string; column: SealedColumn; encryption: Encryption },
): string {
  const context = contextOf(id, column)
  return encryption.seal(encryption.open(sealed, context), context)
}

function contextOf(id: string, column: SealedColumn): string {
  return `account:${id}:${column}`
}

/** Enough of a secret to recognise it by: `sk-a…9f0e`. */
export function maskSecret(secret: string): string {
  return secret.length < 12 ? '…' : `${secret.slice(0, 4)}…${secret.slice(-4)}`
}

/** A proxy's address without its password. */
export function maskProxy(proxy: string): string {
  const url = new URL(proxy)
  if (url.password !== '') url.password = '***'
  return url.href.replace(/\/$/, '')
}
