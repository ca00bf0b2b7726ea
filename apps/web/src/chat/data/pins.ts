/** What stands at the top of the sidebar: pinned conversations and groups, in an order that is the account's. */
import type { InfiniteData } from '@tanstack/react-query'
import { call, type PageOf } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import type { Conversation, Group } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { changeLoaded, groupsQuery, reloadLists } from './queries.ts'

type Entry = Pick<Conversation, 'id' | 'is_pinned' | 'pin_rank'>
type Pages = InfiniteData<PageOf<Conversation>>

const wholeList = {
  queryKey: ['conversations'],
  predicate: ({ state }: { state: { data: unknown } }) => isPages(state.data),
}

export function togglePin({ id, is_pinned: isPinned }: Conversation): void {
  void changeConversation(id, { is_pinned: !isPinned })
}

/** The ids of all that is pinned, as far as it is loaded, from the top. */
export function pinnedIds(): string[] {
  const pages = queryClient.getQueriesData<Pages>(wholeList).flatMap(([, data]) => data?.pages ?? [])
  const groups: readonly Entry[] = queryClient.getQueryData(groupsQuery.queryKey) ?? []
  const pinned = [...pages.flatMap(({ items }) => items), ...groups].filter((entry) => entry.is_pinned)
  const sorted = pinned.toSorted((left, right) => right.pin_rank - left.pin_rank)
  return [...new Set(sorted.map(({ id }) => id))]
}

/** Puts a conversation before another that is pinned, or after it; it is pinned from then on. */
export async function pinBeside(id: string, otherId: string, place: 'before' | 'after'): Promise<void> {
  if (id === otherId) return
  const others = pinnedIds().filter((known) => known !== id)
  const at = others.indexOf(otherId) + (place === 'before' ? 0 : 1)
  await orderPins(others.toSpliced(at, 0, id))
}

/** One place up or down. */
export async function movePin(id: string, by: -1 | 1): Promise<void> {
  const ids = pinnedIds()
  const neighbour = ids[ids.indexOf(id) + by]
  if (neighbour !== undefined) await pinBeside(id, neighbour, by === -1 ? 'before' : 'after')
}

/** Shown at once. */
async function orderPins(ids: readonly string[]): Promise<void> {
  const ranks = new Map(ids.map((id, index) => [id, ids.length - index]))
  const ranked = <T extends Entry>(entry: T): T => {
    const rank = ranks.get(entry.id)
    return rank === undefined ? entry : { ...entry, is_pinned: true, pin_rank: rank }
  }
  queryClient.setQueriesData<Pages>(
    wholeList,
    (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(ranked) })) },
  )
  queryClient.setQueryData<Group[]>(groupsQuery.queryKey, (groups) => groups?.map(ranked))
  try {
    await call('PUT', '/api/pins', { body: { conversation_ids: ids } })
  } catch (error) {
    showError(error)
  } finally {
    await reloadLists()
  }
}

function isPages(data: unknown): data is Pages {
  return typeof data === 'object' && data !== null && 'pages' in data
}

export type ConversationChanges = Partial<Pick<Conversation, 'is_pinned' | 'is_archived' | 'folder'>>

/** Changes where a conversation stands; a failure is said. */
export async function changeConversation(id: string, changes: ConversationChanges): Promise<void> {
  try {
    const changed = await call<Conversation>('PATCH', `/api/conversations/${id}`, { body: changes })
    changeLoaded(id, (loaded) => ({ ...loaded, ...changed }))
    await reloadLists()
  } catch (error) {
    showError(error)
  }
}
