import type { Encryption } from '../config/encryption.ts'

/** The sealed columns of an account. Each is bound to its row and column: moved elsewhere it does not open. */
export interface AccountSecrets {
  readonly apiKey: string | null
  readonly proxy: string | null
  readonly headers: { readonly [name: string]: string }
}

export type SealedColumn = 'credential' | 'proxy' | 'headers'

export function sealColumn(
  text: string | null,
  { id, column, encryption }: { id: string; column: SealedColumn; encryption: Encryption },
): string | null {
  return text === null ? null : encryption.seal(text, contextOf(id, column))
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
  return {
    apiKey: open('credential'),
    proxy: open('proxy'),
    headers: headers === null ? {} : (JSON.parse(headers) as { [name: string]: string }),
  }
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
