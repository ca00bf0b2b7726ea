import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { modelsQuery } from '../../api/queries.ts'
import type { Suggestion } from './use-suggestions.ts'

/** Models to be chosen with `@` while typing: the name goes, and the model is the one that answers from then on. */
export function useModelNames(onChoose: (modelId: string) => void): readonly Suggestion[] {
  const { data: models } = useQuery(modelsQuery)
  const current = useRef(onChoose)
  current.current = onChoose
  return useMemo(
    () =>
      (models ?? [])
        .filter(({ is_active: isActive }) => isActive === 1)
        .map(({ id, name, provider }) => ({
          id,
          label: name,
          note: provider,
          insert: '',
          onChosen: () => current.current(id),
        })),
    [models],
  )
}
