/** What the chat asks the server for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call, callPage } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import type { Bot, Conversation, ConversationWithMessages, Group, Message } from '../../api/types.ts'
import { placeMessage } from './branch.ts'

const pageSize = 200

export interface Template {
  readonly id: string
  readonly name: string
  readonly content: string
  readonly is_shared: boolean
  readonly is_own: boolean
}

/** What the sidebar shows of all conversations. */
export interface ListFilter {
  readonly tag?: string
  readonly folder?: string
  readonly isArchived?: boolean
}

export function conversationsQuery({ tag, folder, isArchived }: ListFilter) {
  const wanted = new URLSearchParams({
    limit: String(pageSize),
    ...(tag === undefined ? {} : { tag }),
    ...(folder === undefined ? {} : { folder }),
    ...(isArchived === true ? { archived: 'true' } : {}),
  })
  return infiniteQueryOptions({
    queryKey: ['conversations', wanted.toString()],
    queryFn: ({ pageParam, signal }) =>
      callPage<Conversation>(`/api/conversations?${wanted}&page=${pageParam}`, { signal }),
    initialPageParam: 1,
    getNextPageParam: ({ pagination: { page, limit, total } }) => (page * limit < total ? page + 1 : undefined),
  })
}

export const groupsQuery = queryOptions({
  queryKey: ['groups'],
  queryFn: async ({ signal }) => (await callPage<Group>('/api/group-conversations', { signal })).items,
})

export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: ['conversation', id],
    queryFn: ({ signal }) => call<ConversationWithMessages>('GET', `/api/conversations/${id}`, { signal }),
    // What changes is told by the feed, and by what is done here.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 300_000,
  })
}

/** All that stand at the place of a message, itself among them. Loaded again with the conversation. */
export function alternativesQuery({ id, conversation_id: conversationId, sibling_ids: ids }: Message) {
  return queryOptions({
    queryKey: ['conversation', conversationId, 'alternatives', ids],
    queryFn: ({ signal }) =>
      call<Message[]>('GET', `/api/conversations/${conversationId}/messages/${id}/alternatives`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export const botsQuery = queryOptions({
  queryKey: ['bots'],
  queryFn: ({ signal }) => call<Bot[]>('GET', '/api/bots', { signal }),
})

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: ({ signal }) => call<Template[]>('GET', '/api/templates', { signal }),
})

export const tagsQuery = queryOptions({
  queryKey: ['tags'],
  queryFn: ({ signal }) => call<string[]>('GET', '/api/tags', { signal }),
})

export const foldersQuery = queryOptions({
  queryKey: ['folders'],
  queryFn: ({ signal }) => call<{ name: string; conversations: number }[]>('GET', '/api/folders', { signal }),
})

/** Changes a conversation that has been loaded; one that has not is loaded as it is then. */
export function changeLoaded(
  id: string,
  change: (conversation: ConversationWithMessages) => ConversationWithMessages,
): void {
  queryClient.setQueryData(conversationQuery(id).queryKey, (loaded) =>
    loaded === undefined ? undefined : change(loaded),
  )
}

/** Puts a new message into its conversation, if that has been loaded. False: only loading it tells where the message belongs. */
export function tryPlace(message: Message): boolean {
  const { queryKey } = conversationQuery(message.conversation_id)
  const loaded = queryClient.getQueryData(queryKey)
  if (loaded === undefined) return true
  const messages = placeMessage(loaded.messages, message)
  if (messages === undefined) return false
  queryClient.setQueryData(queryKey, { ...loaded, messages })
  // What is on its way may be from before.
  return queryClient.isFetching({ queryKey, exact: true }) === 0
}

export async function reloadConversation(id: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: conversationQuery(id).queryKey })
}

/** Loads it now, also where the page that shows it is still to come: what it has been told meanwhile does not make it fresh. */
export async function loadConversation(id: string): Promise<void> {
  await queryClient.fetchQuery({ ...conversationQuery(id), staleTime: 0 })
}

export async function reloadLists(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ['conversations'] }),
    queryClient.invalidateQueries({ queryKey: ['groups'] }),
    queryClient.invalidateQueries({ queryKey: ['tags'] }),
    queryClient.invalidateQueries({ queryKey: ['folders'] }),
  ])
}
