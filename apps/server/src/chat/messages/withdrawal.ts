/**
 * Takes back what nobody was asked about: a person's message that every limit refused, with its empty replies and their runs,
 * or such a reply that was to be made anew. The person still has their words, and sending them again is a send like the first.
 */
import type { Store } from '../../store/store.ts'
import { type ConversationRow, tryLockConversation, updateConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { deleteRuns } from '../runs/repository.ts'
import { deleteMessages, loadTree, messagesInOrder } from './repository.ts'
import type { RunDraft, SavedRun } from './save-run.ts'

export interface Withdrawn {
  /** As it was before. */
  readonly conversation: ConversationRow
  readonly draft: Pick<RunDraft, 'userMessage'>
  readonly saved: readonly SavedRun[]
}

export async function withdraw(
  { store, feed }: { readonly store: Store; readonly feed: Feed },
  { conversation: before, draft: { userMessage }, saved }: Withdrawn,
): Promise<void> {
  const runIds = saved.map(({ runId }) => runId)
  await store.transaction(async (transaction) => {
    const conversation = await tryLockConversation(before.id, store.kind, transaction)
    if (conversation === undefined) return
    const tree = await loadTree(before.id, transaction)
    const tops = userMessage === undefined ? saved.map(({ messageId }) => messageId) : [userMessage.id]
    const ids = tops.filter((id) => tree.has(id)).flatMap((id) => tree.branchAt(id))
    const messages = await messagesInOrder(ids, transaction)
    // Somebody has gone on from there meanwhile, from another tab: what they said needs what it follows.
    if (messages.some(({ run_id: runId }) => runId === null || !runIds.includes(runId))) return
    await deleteMessages(ids, transaction)
    await deleteRuns(runIds, transaction)
    const { active_leaf_id: leafId } = conversation
    const isShown = leafId !== null && ids.includes(leafId)
    const shown = { active_leaf_id: before.active_leaf_id, updated_at: before.updated_at }
    await updateConversation(before.id, isShown ? shown : {}, transaction)
  })
  feed.tell(before.user_id, { type: 'conversation', id: before.id, change: 'updated' })
}
