import { useQuery } from '@tanstack/react-query'
import { accountsQuery, allKeysQuery, everybodyQuery, userGroupsQuery } from './queries.ts'

export interface Names {
  readonly person: (id: string) => string
  readonly account: (id: string) => string
  readonly key: (id: string) => string
  readonly group: (id: string) => string
}

/** Names in place of ids, for administrators. What is not known, or gone, keeps the end of its id. */
export function useNames(isEnabled = true): Names {
  const { data: people } = useQuery({ ...everybodyQuery, enabled: isEnabled, staleTime: 300_000 })
  const { data: accounts } = useQuery({ ...accountsQuery, enabled: isEnabled, refetchInterval: false })
  const { data: groups } = useQuery({ ...userGroupsQuery, enabled: isEnabled, staleTime: 300_000 })
  const { data: keys } = useQuery({ ...allKeysQuery, enabled: isEnabled })
  return {
    person: (id) => {
      const person = people?.find((each) => each.id === id)
      return person?.nickname ?? person?.username ?? short(id)
    },
    account: (id) => accounts?.find((each) => each.id === id)?.name ?? short(id),
    group: (id) => groups?.find((each) => each.id === id)?.name ?? short(id),
    key: (id) => keys?.find((each) => each.id === id)?.name ?? short(id),
  }
}

function short(id: string): string {
  return id.length > 12 ? `…${id.slice(-6)}` : id
}
