import { createStoredStore } from '../../api/store.ts'

/** Conversations that stand at the top of the sidebar in this browser. */
const stored = createStoredStore<readonly string[]>('parley.pins', (value) =>
  Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [],
)

let known: { readonly ids: readonly string[]; readonly set: ReadonlySet<string> } | undefined

export const pins = {
  subscribe: stored.subscribe,
  set: (ids: ReadonlySet<string>) => stored.set([...ids]),
  update: (change: (ids: ReadonlySet<string>) => ReadonlySet<string>) => stored.set([...change(pins.get())]),
  get: (): ReadonlySet<string> => {
    const ids = stored.get()
    if (known?.ids !== ids) known = { ids, set: new Set(ids) }
    return known.set
  },
}

export function togglePin(id: string): void {
  pins.update((ids) => (ids.has(id) ? new Set([...ids].filter((pinned) => pinned !== id)) : new Set(ids).add(id)))
}
