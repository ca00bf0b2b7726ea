import type { ApiKey } from '../keys/api-key.ts'
import type { Upstreams } from '../upstreams/account.ts'

/** The accounts that a key is pinned to, by itself or by their groups; null: it is not pinned. */
export function pinnedAccountIds(
  { accountIds, accountGroups }: Pick<ApiKey, 'accountIds' | 'accountGroups'>,
  upstreams: Pick<Upstreams, 'accountIdsIn'>,
): readonly string[] | null {
  if (accountGroups === null) return accountIds
  return [...(accountIds ?? []), ...upstreams.accountIdsIn(accountGroups)]
}
