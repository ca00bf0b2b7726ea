/** What stands at the top of the sidebar. Conversations are pinned in the account; groups, which have no such mark, in this browser. */
import { call } from '../../api/client.ts'
import { createStoredStore } from '../../api/store.ts'
import type { Conversation } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { changeLoaded, reloadLists } from './queries.ts'

export const pinnedGroups = createStoredStore<readonly string[]>('parley.pins', (value) =>
  Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [],
)

export function togglePin({ id, kind, is_pinned: isPinned }: Conversation): void {
  if (kind === 'group') {
    pinnedGroups.update((ids) => (ids.includes(id) ? ids.filter((known) => known !== id) : [...ids, id]))
  } else void changeConversation(id, { is_pinned: !isPinned })
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
