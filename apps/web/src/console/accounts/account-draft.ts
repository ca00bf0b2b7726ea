/**
 * An account while it is being typed. Secrets of an existing account are known only by their masks, so what was not
 * touched is not sent.
 */
import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { textNow } from '../../i18n/language.ts'
import type { Account, AccountKind, WireName } from '../api-types.ts'
import { FieldError } from '../field-problems.ts'
import {
  readHeaders,
  readList,
  readModelMap,
  tryNumber,
  UnreadableLine,
  writeHeaders,
  writeModelMap,
} from '../form-text.ts'

export interface AccountDraft {
  readonly name: string
  readonly kind: AccountKind
  readonly signIn: 'key' | 'oauth'
  readonly apiKey: string
  /** Of an OAuth sign-in that has ended well. */
  readonly authorizationId: string | undefined
  readonly baseUrl: string
  readonly proxy: string
  readonly models: string
  readonly wires: readonly WireName[]
  readonly priority: string
  readonly weight: string
  readonly maxConcurrency: string
  readonly headers: string
  readonly isSchedulable: boolean
  readonly groups: string
  readonly dailyBudget: string
  readonly tags: string
  readonly notes: string
}

export interface DraftFieldsProps {
  readonly draft: AccountDraft
  readonly change: (changes: Partial<AccountDraft>) => void
  /** The account that is being changed. */
  readonly account?: Account
}

export function emptyDraft(kind: AccountKind): AccountDraft {
  return {
    name: '',
    kind,
    signIn: 'key',
    apiKey: '',
    authorizationId: undefined,
    baseUrl: '',
    proxy: '',
    models: '',
    wires: [],
    priority: '50',
    weight: '1',
    maxConcurrency: '',
    headers: '',
    isSchedulable: true,
    groups: '',
    dailyBudget: '',
    tags: '',
    notes: '',
  }
}

export function draftOf(account: Account): AccountDraft {
  return {
    name: account.name,
    kind: account.kind,
    signIn: account.oauth === null ? 'key' : 'oauth',
    apiKey: '',
    authorizationId: undefined,
    baseUrl: account.base_url ?? '',
    proxy: account.proxy ?? '',
    models: writeModelMap(account.models),
    wires: account.wires ?? [],
    priority: String(account.priority),
    weight: String(account.weight),
    maxConcurrency: account.max_concurrency === null ? '' : String(account.max_concurrency),
    headers: writeHeaders(account.headers),
    isSchedulable: account.schedulable,
    groups: account.groups.join(', '),
    dailyBudget: account.daily_budget === null ? '' : String(account.daily_budget),
    tags: account.tags.join(', '),
    notes: account.notes,
  }
}

export type AccountBody = Readonly<Record<string, unknown>>

/** What makes the account. Throws what is wrong in words for the reader. */
export function createBody(draft: AccountDraft): AccountBody {
  return {
    ...plainBody(draft),
    kind: draft.kind,
    ...credential(draft),
    proxy: orNull(draft.proxy),
    headers: headersOf(draft.headers),
  }
}

/** What changes the account. */
export function changeBody(draft: AccountDraft, before: AccountDraft): AccountBody {
  return {
    ...plainBody(draft),
    ...credential(draft),
    ...(draft.proxy === before.proxy ? {} : { proxy: orNull(draft.proxy) }),
    ...(draft.headers === before.headers ? {} : { headers: headersOf(draft.headers) }),
  }
}

function plainBody(draft: AccountDraft): AccountBody {
  return {
    name: draft.name.trim(),
    base_url: orNull(draft.baseUrl),
    models: lines('models', () => readModelMap(draft.models)),
    wires: draft.wires.length === 0 ? null : draft.wires,
    // What is no number goes as it was typed, and the server says so in its own words.
    priority: tryNumber(draft.priority) ?? draft.priority,
    weight: tryNumber(draft.weight) ?? draft.weight,
    max_concurrency: orTyped(draft.maxConcurrency),
    schedulable: draft.isSchedulable,
    groups: readList(draft.groups),
    daily_budget: orTyped(draft.dailyBudget),
    tags: readList(draft.tags),
    notes: draft.notes,
  }
}

function credential({ signIn, apiKey, authorizationId }: AccountDraft): AccountBody {
  if (signIn === 'oauth') return authorizationId === undefined ? {} : { authorization_id: authorizationId }
  return apiKey.trim() === '' ? {} : { api_key: apiKey.trim() }
}

function headersOf(typed: string): Record<string, string> | null {
  const headers = lines('headers', () => readHeaders(typed))
  if (Object.values(headers ?? {}).includes('***')) {
    throw new FieldError('headers', textNow(accountTexts.headersMasked))
  }
  return headers
}

function lines<T>(field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UnreadableLine)) throw error
    throw new FieldError(field, textNow(accountTexts.lineWrong, { line: error.line }))
  }
}

function orNull(typed: string): string | null {
  return typed.trim() === '' ? null : typed.trim()
}

function orTyped(typed: string): number | string | null {
  const value = tryNumber(typed)
  return value === undefined ? typed : value
}
