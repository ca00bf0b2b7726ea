/** Deleting that can be taken back: the server keeps for half a minute what was deleted. */
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { call } from '../../api/client.ts'
import type { Message } from '../../api/types.ts'
import { type Message as Text, textNow } from '../../i18n/language.ts'
import { showError, showToast } from '../../ui/toast.tsx'
import { reloadConversation, reloadLists } from './queries.ts'

const undoMs = 10_000

/** With all that follows it. */
export function deleteMessage({ id, conversation_id: conversationId }: Message): void {
  void deleteAt(`/api/conversations/${conversationId}/messages/${id}`, {
    note: chatTexts.messageDeleted,
    reload: () => reloadConversation(conversationId),
  })
}

export function deleteConversation(id: string): void {
  void deleteAt(`/api/conversations/${id}`, { note: chatTexts.conversationDeleted, reload: reloadLists })
}

interface Deletion {
  readonly note: Text
  readonly reload: () => Promise<void>
}

async function deleteAt(path: string, { note, reload }: Deletion): Promise<void> {
  const undo = async () => {
    await call('POST', `${path}/restore`)
    await reload()
  }
  try {
    await call('DELETE', path)
    showToast(textNow(note), {
      durationMs: undoMs,
      action: { label: textNow(commonTexts.undo), run: () => void undo().catch(showError) },
    })
  } catch (error) {
    showError(error)
  } finally {
    await reload()
  }
}
