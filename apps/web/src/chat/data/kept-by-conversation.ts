import { session } from '../../api/session.ts'
import { createStoredStore, type Store } from '../../api/store.ts'

/**
 * A store for each conversation, kept in this browser and the same in all its tabs. It is that of the person who is signed in:
 * at a browser that several use, nobody sees what another has not sent.
 */
export function keptByConversation<T>(
  name: string,
  read: (stored: unknown) => T,
): (conversationId: string) => Store<T> {
  const stores = new Map<string, Store<T>>()
  const nothing = JSON.stringify(read(undefined))
  return (conversationId) => {
    const key = `parley.${name}.${session.get()?.user.id}.${conversationId}`
    const known = stores.get(key)
    if (known !== undefined) return known
    const store = createStoredStore(key, read)
    // Most conversations have nothing to keep.
    store.subscribe(() => {
      if (JSON.stringify(store.get()) === nothing) localStorage.removeItem(key)
    })
    stores.set(key, store)
    return store
  }
}
