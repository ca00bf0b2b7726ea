/** What is being typed in each conversation, kept in this browser: neither a reload nor a look elsewhere loses it. */
import { createStore, type Store } from '../../api/store.ts'

/** The draft of a conversation that does not exist yet. */
export const newConversation = 'new'

const drafts = new Map<string, Store<string>>()
const saveMs = 300

export function draftIn(conversationId: string): Store<string> {
  const known = drafts.get(conversationId)
  if (known !== undefined) return known
  const key = `parley.draft.${conversationId}`
  const draft = createStore(localStorage.getItem(key) ?? '')
  let timer: ReturnType<typeof setTimeout> | undefined
  const save = () => {
    clearTimeout(timer)
    timer = undefined
    if (draft.get() === '') localStorage.removeItem(key)
    else localStorage.setItem(key, draft.get())
  }
  draft.subscribe(() => {
    timer ??= setTimeout(save, saveMs)
  })
  addEventListener('pagehide', save)
  drafts.set(conversationId, draft)
  return draft
}

export function quoteInto(conversationId: string, words: string): void {
  const quoted = words
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
  draftIn(conversationId).update((text) => `${text === '' ? '' : `${text.trimEnd()}\n\n`}${quoted}\n\n`)
  focusComposer()
}

export function focusComposer(): void {
  const box = document.querySelector<HTMLTextAreaElement>('#composer')
  if (box === null) return
  box.focus()
  box.setSelectionRange(box.value.length, box.value.length)
}
