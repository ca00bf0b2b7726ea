import type { KeyDetails, KeyFields } from './key-repository.ts'

/** What its user may always say of a key: it does not change what the key may do. */
const labels: ReadonlySet<string> = new Set<keyof KeyFields>(['name', 'tags', 'notes', 'managedBy'])

/** Whether the fields would change what the key may do, or whose it is. */
export function changesBounds(key: KeyDetails, fields: KeyFields): boolean {
  return Object.entries(fields).some(
    ([name, value]) => !labels.has(name) && JSON.stringify(value) !== JSON.stringify(key[name as keyof KeyFields]),
  )
}
