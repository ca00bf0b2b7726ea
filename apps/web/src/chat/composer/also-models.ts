/** Models that answer beside the chosen one, by conversation, kept in this browser. */
import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '../../api/queries.ts'
import { createStoredStore, useStore } from '../../api/store.ts'
import { usable } from './model-menu.tsx'

type ByConversation = Readonly<Record<string, readonly string[]>>

const chosen = createStoredStore<ByConversation>('parley.also-models', (stored) =>
  typeof stored === 'object' && stored !== null ? (stored as ByConversation) : {},
)

/** As many as the server takes. */
export const mostAlsoModels = 3

export function setAlsoModels(conversationId: string, modelIds: readonly string[]): void {
  chosen.update((all) => {
    const others = Object.entries(all).filter(([id]) => id !== conversationId)
    return Object.fromEntries(modelIds.length === 0 ? others : [...others, [conversationId, modelIds]])
  })
}

/** Those of them that can still be used. */
export function useAlsoModels(conversationId: string): readonly string[] {
  const ids = useStore(chosen)[conversationId] ?? []
  const { data: models = [] } = useQuery({ ...modelsQuery, select: usable })
  return ids.filter((id) => models.some((model) => model.id === id))
}
