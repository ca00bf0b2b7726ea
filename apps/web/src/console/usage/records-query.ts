import type { UsageRecord } from '../api-types.ts'
import { pagesQuery } from '../queries.ts'

export interface RecordFilter {
  readonly key_id?: string | undefined
  readonly user_id?: string | undefined
  readonly outcome?: string | undefined
}

/** Everybody's, for administrators, or one's own. */
export type RecordScope = 'all' | 'own'

const paths: Record<RecordScope, string> = { all: '/admin/usage/records', own: '/api/user/usage/records' }

/** The ledger's rows. */
export function recordsQuery(filter: RecordFilter, scope: RecordScope) {
  return pagesQuery({
    name: ['records', scope, filter],
    path: paths[scope],
    filter: { ...filter },
    idOf: ({ request_id: id }: UsageRecord) => id,
  })
}
