import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '../../api/queries.ts'
import type { Bot } from '../../api/types.ts'
import { botsQuery } from './queries.ts'

/** What a model is called; its id when it is not there any more. */
export function useModelName(id: string | null): string {
  const { data } = useQuery(modelsQuery)
  return data?.find((model) => model.id === id)?.name ?? id ?? ''
}

export function useBot(id: string | null): Bot | undefined {
  const { data } = useQuery({ ...botsQuery, enabled: id !== null })
  return id === null ? undefined : data?.find((bot) => bot.id === id)
}
