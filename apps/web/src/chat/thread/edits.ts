/** Messages that are being changed, with their words so far: a row goes when it is scrolled out of view, they do not. */
import { useSyncExternalStore } from 'react'
import { createStore } from '../../api/store.ts'

const edits = createStore<ReadonlyMap<string, string>>(new Map())

/** Undefined while nobody changes it. */
export function useEdit(messageId: string): string | undefined {
  return useSyncExternalStore(edits.subscribe, () => edits.get().get(messageId))
}

export function setEdit(messageId: string, words: string): void {
  edits.update((all) => new Map(all).set(messageId, words))
}

export function endEdit(messageId: string): void {
  edits.update((all) => new Map([...all].filter(([id]) => id !== messageId)))
}
