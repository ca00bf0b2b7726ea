import { createStoredStore } from '../../api/store.ts'

/** Models that stand first in the picker, in this browser. */
export const favoriteModels = createStoredStore<readonly string[]>('parley.favorite-models', (stored) =>
  Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [],
)

export function toggleFavorite(id: string): void {
  favoriteModels.update((ids) => (ids.includes(id) ? ids.filter((known) => known !== id) : [...ids, id]))
}
