/** What is being typed in each conversation: neither a reload nor a look elsewhere loses it. */
import { coarsePointer } from '../../shell/media-query.ts'
import { keptByConversation } from '../data/kept-by-conversation.ts'

/** The draft of a conversation that does not exist yet. */
export const newConversation = 'new'

export const draftIn = keptByConversation('draft', (stored) => (typeof stored === 'string' ? stored : ''))

export function quoteInto(conversationId: string, words: string): void {
  const quoted = words
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
  draftIn(conversationId).update((text) => `${text === '' ? '' : `${text.trimEnd()}\n\n`}${quoted}\n\n`)
  focusComposer()
}

/** When what was focused is gone. On a phone, the keyboard would come. */
export function goOnTyping(): void {
  if (!matchMedia(coarsePointer).matches) focusComposer()
}

export function focusComposer(): void {
  const box = document.querySelector<HTMLTextAreaElement>('#composer')
  if (box === null) return
  box.focus()
  box.setSelectionRange(box.value.length, box.value.length)
}
