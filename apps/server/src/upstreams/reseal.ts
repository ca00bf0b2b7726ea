import type { Encryption } from '../config/encryption.ts'
import type { Store } from '../store/store.ts'
import { type AccountRow, listAccountRows, replaceSealed } from './account-repository.ts'
import { resealColumn, type SealedColumn } from './account-secrets.ts'

const columns: readonly SealedColumn[] = ['credential', 'proxy', 'headers']

/**
 * Seals again with the newest key what an older one sealed, so that the older one can be taken away. Safe to break off
 * and to repeat, and beside a running server: what is changed meanwhile is sealed with the newest key anyway.
 * Resolves with how many secrets were sealed again; rejects (DecryptionError) when one cannot be opened.
 */
export async function resealAccounts(store: Store, encryption: Encryption): Promise<number> {
  let resealed = 0
  for (const row of await listAccountRows(store.database)) {
    for (const column of columns) resealed += (await reseal(row, column, { store, encryption })) ? 1 : 0
  }
  return resealed
}

async function reseal(
  row: AccountRow,
  column: SealedColumn,
  { store, encryption }: { store: Store; encryption: Encryption },
): Promise<boolean> {
  const before = row[column]
  if (before === null || encryption.isCurrent(before)) return false
  const after = resealColumn(before, { id: row.id, column, encryption })
  return await replaceSealed({ id: row.id, column, before, after }, store.database)
}
