import { dollarText, type Limit } from '@parley/contract'
import { isoTime } from '../http/values.ts'
import type { KeyDetails } from '../keys/key-repository.ts'
import { csvLine } from './streamed-export.ts'

const columns: readonly [string, (key: KeyDetails) => string][] = [
  ['id', (key) => key.id],
  ['name', (key) => key.name],
  ['hint', (key) => key.hint],
  ['user_id', (key) => key.userId ?? ''],
  ['enabled', (key) => String(key.isEnabled)],
  ['expires_at', (key) => isoTime(key.expiresAt) ?? ''],
  ['active_seconds', (key) => String(key.activeSeconds ?? '')],
  ['activated_at', (key) => isoTime(key.activatedAt) ?? ''],
  ['models', (key) => key.models?.join(' ') ?? ''],
  ['wires', (key) => key.wires?.join(' ') ?? ''],
  ['ip_allow', (key) => key.ipAllow?.join(' ') ?? ''],
  ['clients', (key) => key.clients?.join(' ') ?? ''],
  ['account_ids', (key) => key.accountIds?.join(' ') ?? ''],
  ['account_groups', (key) => key.accountGroups?.join(' ') ?? ''],
  ['cache_seconds', (key) => String(key.cacheSeconds ?? '')],
  ['limits', (key) => key.limits.map(limitText).join('; ')],
  ['tags', (key) => key.tags.join(' ')],
  ['notes', (key) => key.notes],
  ['created_at', (key) => isoTime(key.createdAt)],
  ['last_used_at', (key) => isoTime(key.lastUsedAt) ?? ''],
]

/** Keys as CSV (RFC 4180), without secrets: there are none to be had. */
export function keysAsCsv(keys: readonly KeyDetails[]): string {
  const rows = [columns.map(([name]) => name), ...keys.map((key) => columns.map(([, read]) => read(key)))]
  return rows.map(csvLine).join('')
}

function limitText({ what, per, max }: Limit): string {
  const amount = what === 'cost' ? `$${dollarText(max)}` : String(max)
  return what === 'concurrency' ? `${amount} at once` : `${amount} ${what} per ${per}`
}
