/** An API key while it is being typed. */
import type { LimitPer, LimitWhat } from '@parley/contract'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { textNow } from '../../i18n/language.ts'
import type { ApiKey, KeyLimit, WireName } from '../api-types.ts'
import { wireNames } from '../api-types.ts'
import { FieldError } from '../field-problems.ts'
import { readList, tryNumber } from '../form-text.ts'

export interface LimitDraft {
  /** Tells rows apart while they are edited. */
  readonly id: number
  readonly what: LimitWhat
  readonly per: LimitPer
  readonly max: string
}

export interface KeyDraft {
  readonly name: string
  readonly userId: string
  /** As a date input has it; empty: never. */
  readonly expires: string
  readonly activeDays: string
  readonly count: string
  readonly limits: readonly LimitDraft[]
  readonly models: string
  readonly wires: readonly WireName[]
  readonly addresses: string
  readonly clients: string
  readonly accountIds: readonly string[]
  readonly accountGroups: readonly string[]
  readonly tags: string
  readonly notes: string
}

export const emptyKeyDraft: KeyDraft = {
  name: '',
  userId: '',
  expires: '',
  activeDays: '',
  count: '1',
  limits: [],
  models: '',
  wires: [],
  addresses: '',
  clients: '',
  accountIds: [],
  accountGroups: [],
  tags: '',
  notes: '',
}

/** An administrator says what the key may do, and its user what it is called. */
export function isNamedOnly(scope: 'all' | 'own', key: ApiKey): boolean {
  return scope === 'own' && key.managed_by === 'admin'
}

const secondsPerDay = 86_400

export function keyDraftOf(key: ApiKey): KeyDraft {
  return {
    name: key.name,
    userId: key.user_id ?? '',
    expires: key.expires_at === null ? '' : localDateTime(key.expires_at),
    activeDays: key.active_seconds === null ? '' : String(key.active_seconds / secondsPerDay),
    count: '1',
    limits: key.limits.map((limit, id) => ({ ...limit, id, max: String(limit.max) })),
    models: (key.models ?? []).join('\n'),
    wires: wireNames.filter((wire) => key.wires?.includes(wire)),
    addresses: (key.ip_allow ?? []).join('\n'),
    clients: (key.clients ?? []).join(', '),
    accountIds: key.account_ids ?? [],
    accountGroups: key.account_groups ?? [],
    tags: key.tags.join(', '),
    notes: key.notes,
  }
}

/** What anybody may say of a key of theirs. */
export function labelsBody(draft: KeyDraft): object {
  return { name: draft.name.trim(), tags: readList(draft.tags), notes: draft.notes }
}

/** What the server takes. Throws what is wrong in words for the reader. */
export function keyBody(draft: KeyDraft, scope: 'all' | 'own'): object {
  return {
    ...labelsBody(draft),
    expires_at: draft.expires === '' ? null : new Date(draft.expires).toISOString(),
    active_seconds: readDays(draft.activeDays),
    limits: draft.limits.map(readLimit),
    models: listOrNull(draft.models),
    wires: draft.wires.length === 0 ? null : draft.wires,
    ip_allow: listOrNull(draft.addresses),
    clients: listOrNull(draft.clients),
    ...(scope === 'all' && {
      user_id: draft.userId === '' ? null : draft.userId,
      account_ids: draft.accountIds.length === 0 ? null : draft.accountIds,
      account_groups: draft.accountGroups.length === 0 ? null : draft.accountGroups,
    }),
  }
}

/** Gives seconds; null: no end. */
function readDays(typed: string): number | null {
  const days = tryNumber(typed)
  if (days === undefined) throw new FieldError('active_seconds', textNow(keyTexts.wrongDays))
  return days && Math.round(days * secondsPerDay)
}

function readLimit({ what, per, max }: LimitDraft, index: number): KeyLimit {
  const value = tryNumber(max)
  if (typeof value !== 'number') throw new FieldError(`limits.${index}.max`, textNow(keyTexts.wrongLimit))
  return { what, per: what === 'concurrency' ? 'total' : per, max: value }
}

function listOrNull(typed: string): string[] | null {
  const list = readList(typed)
  return list.length === 0 ? null : list
}

/** The time in the form of a `datetime-local` input, in the reader's own zone. */
function localDateTime(time: string): string {
  const date = new Date(time)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
