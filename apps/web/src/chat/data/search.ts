import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import type { Conversation } from '../../api/types.ts'

/** Where the words stand: start and end. */
export type Marks = readonly (readonly [number, number])[]

export interface SearchHit {
  readonly conversation: Conversation
  readonly message_id: string
  /** The end of the branch that the message is on. */
  readonly leaf_id: string
  readonly is_shown: boolean
  readonly snippet: string
  readonly marks: Marks
  readonly created_at: string
}

interface SearchResult {
  readonly titles: readonly { readonly conversation: Conversation; readonly marks: Marks }[]
  readonly messages: readonly SearchHit[]
}

export function searchQuery(words: string) {
  return queryOptions({
    queryKey: ['search', words],
    queryFn: ({ signal }) =>
      call<SearchResult>('GET', `/api/search?limit=12&q=${encodeURIComponent(words)}`, { signal }),
    enabled: words !== '',
    placeholderData: keepPreviousData,
  })
}
