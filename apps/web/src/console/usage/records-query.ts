import { infiniteQueryOptions } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import type { UsageRecord } from '../api-types.ts'
import { queryString } from '../queries.ts'

export interface RecordFilter {
  readonly key_id?: string | undefined
  readonly user_id?: string | undefined
}

const pageSize = 50

/** The ledger's rows, newest first, a page at a time. */
export function recordsQuery(filter: RecordFilter) {
  return infiniteQueryOptions({
    queryKey: ['console', 'records', filter],
    queryFn: ({ signal, pageParam }) =>
      call<UsageRecord[]>(
        'GET',
        `/admin/usage/records${queryString({ ...filter, limit: pageSize, cursor: pageParam })}`,
        {
          signal,
        },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)?.request_id),
    staleTime: 5000,
  })
}
