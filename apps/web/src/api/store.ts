import { useSyncExternalStore } from 'react'

/** A value that several parts of the page watch. */
export interface Store<T> {
  readonly get: () => T
  readonly set: (value: T) => void
  readonly update: (change: (value: T) => T) => void
  readonly subscribe: (listener: () => void) => () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  const set = (next: T) => {
    if (Object.is(next, value)) return
    value = next
    for (const listener of listeners) listener()
  }
  return {
    get: () => value,
    set,
    update: (change) => set(change(value)),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}

export interface StoredStore<T> extends Store<T> {
  /** What another tab has stored is heard of a moment later; this asks for it now. */
  readonly reload: () => void
}

/** A store that is kept in this browser under `key`, and the same in all its tabs. `read` refuses what it does not know. */
export function createStoredStore<T>(key: string, read: (stored: unknown) => T): StoredStore<T> {
  const load = () => read(tryParse(localStorage.getItem(key)))
  const store = createStore(load())
  let isFromElsewhere = false
  store.subscribe(() => {
    if (isFromElsewhere) return
    try {
      localStorage.setItem(key, JSON.stringify(store.get()))
    } catch (error) {
      // There is no room left: it is kept as long as the page is.
      console.warn(`${key} is not kept`, error)
    }
  })
  const reload = () => {
    if (localStorage.getItem(key) === JSON.stringify(store.get())) return
    isFromElsewhere = true
    store.set(load())
    isFromElsewhere = false
  }
  addEventListener('storage', ({ key: changed }) => {
    if (changed === key || changed === null) reload()
  })
  return { ...store, reload }
}

function tryParse(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    // Older pages kept plain words.
    return error instanceof SyntaxError ? text : undefined
  }
}
