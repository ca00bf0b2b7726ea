/** What the console asks the server for, and doing things there: what changed is loaded again, what failed is said. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { call, callAll, callPage } from '../api/client.ts'
import type {
  Account,
  Alert,
  ApiKey,
  CallTrace,
  CatalogModel,
  Dashboard,
  Health,
  KeyLimit,
  LimitRule,
  ListedApiKey,
  ListedPerson,
  Person,
  PricedModel,
  SettingState,
  UsageDimension,
  UsageRow,
  UserGroup,
} from './api-types.ts'
import type { Language } from '../i18n/language.ts'
import { showError, showToast } from '../ui/toast.tsx'

/** `?a=1&b=2` of what is set. */
export function queryString(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '')
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`
}

const pageSize = 50

interface PagesOptions<Row> {
  readonly name: readonly unknown[]
  readonly path: string
  readonly filter?: Parameters<typeof queryString>[0]
  /** Where the next page goes on. */
  readonly idOf: (row: Row) => string
}

/** A list that grows at its beginning, newest first, a page at a time. */
export function pagesQuery<Row>({ name, path, filter, idOf }: PagesOptions<Row>) {
  return infiniteQueryOptions({
    queryKey: ['console', ...name],
    queryFn: ({ signal, pageParam }) =>
      call<Row[]>('GET', `${path}${queryString({ ...filter, limit: pageSize, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => {
      const row = last.at(-1)
      return row === undefined || last.length < pageSize ? undefined : idOf(row)
    },
    staleTime: 5000,
  })
}

const live = { refetchInterval: 10_000, staleTime: 2000 } as const

export const accountsQuery = queryOptions({
  queryKey: ['console', 'accounts'],
  queryFn: ({ signal }) => callAll<Account>('/admin/accounts', { signal }),
  ...live,
})

export function accountQuery(id: string) {
  return queryOptions({
    queryKey: ['console', 'accounts', id],
    queryFn: ({ signal }) => call<Account>('GET', `/admin/accounts/${encodeURIComponent(id)}`, { signal }),
    ...live,
  })
}

/** Whose keys: everybody's, for administrators, or one's own. */
export type KeyScope = 'all' | 'own'

export const keysPath: Record<KeyScope, string> = { all: '/admin/api-keys', own: '/api/user/api-keys' }

export type KeyState = 'enabled' | 'disabled' | 'expired' | 'deleted'
export interface KeyFilter {
  readonly q?: string | undefined
  readonly state?: KeyState | undefined
  readonly page?: number | undefined
}

export function keysQuery(scope: KeyScope, filter: KeyFilter = {}) {
  const parameters = { ...(scope === 'all' ? filter : { page: filter.page }), limit: 50 }
  return queryOptions({
    queryKey: ['console', 'keys', scope, parameters],
    queryFn: ({ signal }) => callPage<ListedApiKey>(`${keysPath[scope]}${queryString(parameters)}`, { signal }),
    placeholderData: keepPreviousData,
  })
}

/** All keys: to choose from, and to show names in place of ids. */
export const allKeysQuery = queryOptions({
  queryKey: ['console', 'keys', 'all', 'names'],
  queryFn: ({ signal }) => callAll<ApiKey>('/admin/api-keys', { signal }),
  staleTime: 60_000,
})

export function keyQuery(scope: KeyScope, id: string) {
  return queryOptions({
    queryKey: ['console', 'keys', scope, id],
    queryFn: ({ signal }) => call<ApiKey>('GET', `${keysPath[scope]}/${encodeURIComponent(id)}`, { signal }),
  })
}

export const catalogQuery = queryOptions({
  queryKey: ['console', 'models'],
  queryFn: ({ signal }) => call<CatalogModel[]>('GET', '/admin/models', { signal }),
})

export function pricedModelQuery(model: string) {
  return queryOptions({
    queryKey: ['console', 'models', 'prices', model],
    queryFn: ({ signal }) => call<PricedModel>('GET', `/admin/prices/${encodeURIComponent(model)}`, { signal }),
  })
}

export const userGroupsQuery = queryOptions({
  queryKey: ['console', 'groups'],
  queryFn: ({ signal }) => call<UserGroup[]>('GET', '/admin/user-groups', { signal }),
})

export function userGroupQuery(id: string) {
  return queryOptions({
    queryKey: ['console', 'groups', id],
    queryFn: ({ signal }) => call<UserGroup>('GET', `/admin/user-groups/${encodeURIComponent(id)}`, { signal }),
  })
}

export interface PeopleFilter {
  readonly q?: string | undefined
  readonly role?: string | undefined
  readonly status?: string | undefined
  readonly group_id?: string | undefined
  readonly sort?: string | undefined
  readonly order?: string | undefined
  readonly page?: number | undefined
}

export function peopleQuery(filter: PeopleFilter = {}) {
  const parameters = { ...filter, limit: 50 }
  return queryOptions({
    queryKey: ['console', 'people', parameters],
    queryFn: ({ signal }) => callPage<ListedPerson>(`/admin/users${queryString(parameters)}`, { signal }),
    placeholderData: keepPreviousData,
  })
}

export function personQuery(id: string) {
  return queryOptions({
    queryKey: ['console', 'people', id],
    queryFn: ({ signal }) => call<Person>('GET', `/admin/users/${encodeURIComponent(id)}`, { signal }),
  })
}

/** Everybody: to choose from, and to show names in place of ids. */
export const everybodyQuery = queryOptions({
  queryKey: ['console', 'people', 'all'],
  queryFn: ({ signal }) => callAll<Person>('/admin/users', { signal }),
})

export interface MyUsage {
  readonly token_quota: number
  readonly token_used: number
  readonly token_remaining: number
  readonly usage_percent: number
}

export interface OwnLimit extends KeyLimit {
  readonly scope: 'own' | 'member' | 'group'
  readonly used: number
  readonly remaining: number
  readonly resets_at: string | null
}

export const myLimitsQuery = queryOptions({
  queryKey: ['console', 'my-limits'],
  queryFn: ({ signal }) => call<OwnLimit[]>('GET', '/api/user/limits', { signal }),
  staleTime: 5000,
})

export interface MySeries {
  readonly per: 'hour' | 'day' | 'month'
  /** ISO time. */
  readonly from: string
  readonly key_id?: string | undefined
}

export function mySeriesQuery(query: MySeries) {
  return queryOptions({
    queryKey: ['console', 'my-usage', 'series', query],
    queryFn: ({ signal }) => call<UsageRow[]>('GET', `/api/user/usage/series${queryString({ ...query })}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
}

export const myUsageQuery = queryOptions({
  queryKey: ['console', 'my-usage'],
  queryFn: ({ signal }) => call<MyUsage>('GET', '/api/user/usage', { signal }),
  staleTime: 5000,
})

/** In the reader's language: it comes from the server. */
export function settingStatesQuery(language: Language) {
  return queryOptions({
    queryKey: ['console', 'settings', language],
    queryFn: ({ signal }) => call<SettingState[]>('GET', '/admin/settings/all', { signal }),
  })
}

export const healthQuery = queryOptions({
  queryKey: ['console', 'health'],
  queryFn: async ({ signal }): Promise<Health> => {
    // 503 has the same body: it says what is wrong.
    const response = await fetch('/health', { signal })
    return (await response.json()) as Health
  },
  refetchInterval: 5000,
  staleTime: 0,
})

export const dashboardQuery = queryOptions({
  queryKey: ['console', 'dashboard'],
  queryFn: ({ signal }) => call<Dashboard>('GET', '/admin/dashboard', { signal }),
  refetchInterval: 15_000,
  staleTime: 5000,
})

export interface UsageQuery {
  readonly by: UsageDimension
  readonly per: 'hour' | 'day' | 'month'
  /** ISO time. */
  readonly from: string
  readonly subject?: string | undefined
}

export function usageQuery(query: UsageQuery) {
  return queryOptions({
    queryKey: ['console', 'usage', query],
    queryFn: ({ signal }) => call<UsageRow[]>('GET', `/admin/usage${queryString({ ...query })}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
}

export function traceQuery(requestId: string) {
  return queryOptions({
    queryKey: ['console', 'records', 'trace', requestId],
    queryFn: ({ signal }) =>
      call<CallTrace>('GET', `/admin/usage/records/${encodeURIComponent(requestId)}/trace`, { signal }),
    retry: false,
  })
}

export const alertsQuery = pagesQuery({
  name: ['alerts'],
  path: '/admin/alerts',
  idOf: ({ id }: Alert) => id,
})

export const limitRulesQuery = queryOptions({
  queryKey: ['console', 'limits'],
  queryFn: ({ signal }) => call<LimitRule[]>('GET', '/admin/limits', { signal }),
})

export interface Multiplier {
  readonly subject_kind: 'key' | 'user' | 'group'
  readonly subject_id: string
  readonly multiplier: number
}

export const multipliersQuery = queryOptions({
  queryKey: ['console', 'multipliers'],
  queryFn: ({ signal }) => call<Multiplier[]>('GET', '/admin/multipliers', { signal }),
})

export interface ActionOptions<Input, Output> {
  readonly run: (input: Input) => Promise<Output>
  /** The first parts of the keys of what is to be loaded again. */
  readonly changes: readonly string[]
  /** Said when it worked. */
  readonly done?: string
  /** Waited for before anything is loaded again: a page that shows what is gone is left first. */
  readonly onDone?: (output: Output, input: Input) => void | Promise<void>
  /** Told of the failure in place of a toast. */
  readonly onError?: (error: Error) => void
}

/** Something that is done at the server. */
export function useAction<Output, Input = void>({ run, changes, done, onDone, onError }: ActionOptions<Input, Output>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: run,
    onSuccess: async (output, input) => {
      if (done !== undefined) showToast(done, { tone: 'success' })
      await onDone?.(output, input)
      await Promise.all(changes.map((change) => client.invalidateQueries({ queryKey: ['console', change] })))
    },
    onError: onError ?? showError,
  })
}
