import { type QueryKey, useQuery, type UseQueryOptions } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { ConsolePage, type ConsolePageProps } from './console-page.tsx'

export interface LoadedPageProps<Thing, Key extends QueryKey> {
  readonly query: UseQueryOptions<Thing, Error, Thing, Key>
  /** The list that the thing is one of. */
  readonly parent: NonNullable<ConsolePageProps['parent']>
  readonly page: (thing: Thing) => ReactNode
}

/** The page of one thing: while it is on its way, or cannot be had, the way back to its list is there already. */
export function LoadedPage<Thing, Key extends QueryKey>({ query, parent, page }: LoadedPageProps<Thing, Key>) {
  const { data, error, refetch } = useQuery(query)
  if (data !== undefined) return page(data)
  return (
    <ConsolePage title="…" parent={parent}>
      {error === null ? <Skeleton className="h-48" /> : <ErrorState error={error} onRetry={() => void refetch()} />}
    </ConsolePage>
  )
}
