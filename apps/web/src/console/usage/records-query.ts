import { infiniteQueryOptions } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import type { UsageRecord } from '../api-types.ts'
import { queryString } from '../queries.ts'

export interface RecordFilter {
  readonly key_id?: string | undefined
  readonly user_id?: string | undefined
  readonly outcome?: string | undefined
}

/** Everybody's, for administrators, or one's own. */
export type RecordScope = 'all' | 'own'

const paths: Record<RecordScope, string> = { all: '/admin/usage/records', own: '/api/user/usage/records' }

const pageSize = 50

/** The ledger's rows, newest first, a page at a time. */
export function recordsQuery(filter: RecordFilter, scope: RecordScope) {
  return infiniteQueryOptions({
    queryKey: ['console', 'records', scope, filter],
    queryFn: ({ signal, pageParam }) =>
      call<UsageRecord[]>('GET', `${paths[scope]}${queryString({ ...filter, limit: pageSize, cursor: pageParam })}`, {
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)?.request_id),
    staleTime: 5000,
  })
}
