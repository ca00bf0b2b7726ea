/** Deleting that can be taken back: gone from the screen at once, from the server when nobody wanted it back. */
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { call } from '../../api/client.ts'
import { createStore } from '../../api/store.ts'
import type { Message } from '../../api/types.ts'
import { textNow } from '../../i18n/language.ts'
import { showError, showToast } from '../../ui/toast.tsx'
import { reloadConversation, reloadLists } from './queries.ts'

/** Ids of messages and conversations that are about to be deleted. */
export const doomed = createStore<ReadonlySet<string>>(new Set())

const undoMs = 6000
const pending = new Map<string, () => void>()

export function deleteMessage({ id, conversation_id: conversationId }: Message): void {
  deleteLater(id, textNow(chatTexts.messageDeleted), async (keepalive) => {
    await call('DELETE', `/api/conversations/${conversationId}/messages/${id}`, { keepalive })
    await reloadConversation(conversationId)
  })
}

export function deleteConversation(id: string): void {
  deleteLater(id, textNow(chatTexts.conversationDeleted), async (keepalive) => {
    await call('DELETE', `/api/conversations/${id}`, { keepalive })
    await reloadLists()
  })
}

function deleteLater(id: string, note: string, remove: (keepalive: boolean) => Promise<void>): void {
  doomed.update((ids) => new Set(ids).add(id))
  const spare = () => doomed.update((ids) => new Set([...ids].filter((known) => known !== id)))
  const finish = (keepalive: boolean) => {
    clearTimeout(timer)
    pending.delete(id)
    remove(keepalive).catch(showError).finally(spare)
  }
  const timer = setTimeout(() => finish(false), undoMs)
  pending.set(id, () => finish(true))
  const dismiss = showToast(note, {
    durationMs: undoMs,
    action: {
      label: textNow(commonTexts.undo),
      run: () => {
        clearTimeout(timer)
        pending.delete(id)
        spare()
        dismiss()
      },
    },
  })
}

// Who leaves has not taken it back.
addEventListener('pagehide', () => {
  for (const finish of pending.values()) finish()
})
