import type { Store } from '../../store/store.ts'
import { presentConversation } from '../conversations/present.ts'
import { type ConversationRow, conversationsIn, tagsOf } from '../conversations/repository.ts'
import type { MessageTree } from '../messages/message-tree.ts'
import { loadTree, type MessageRow, messagesInOrder } from '../messages/repository.ts'
import { readQuery, type Term } from './query.ts'
import {
  conversationsWithTag,
  type DocumentKind,
  type Found,
  findDocuments,
  type SearchFilter,
  searchableText,
} from './repository.ts'
import type { SearchResult } from './schema.ts'
import { createSnippet } from './snippet.ts'

/** Finds words in what a person and their models have said, and in titles. */
export interface Search {
  find(userId: string, request: SearchRequest): Promise<SearchResult>
}

export interface SearchRequest extends Omit<SearchFilter, 'userId' | 'terms' | 'kind' | 'conversationIds'> {
  readonly text: string
  readonly conversationId?: string | undefined
  readonly role?: 'user' | 'assistant' | undefined
  readonly limit: number
}

const titleLimit = 20
/** So few conversations are asked for in the index; of a tag on more, the newest places are soon found. */
const fewConversations = 200
type Hit = SearchResult['messages'][number]

export function createSearch({ store: { reports } }: { store: Store }): Search {
  async function findTitles(filter: SearchFilter): Promise<SearchResult['titles']> {
    const found = await findDocuments({ ...filter, kind: 'title' }, titleLimit, reports)
    const conversations = await load(found)
    return found.flatMap(({ conversationId }) => {
      const conversation = conversations.get(conversationId)
      if (conversation === undefined) return []
      return [{ conversation: conversation.present, marks: marksIn(conversation.row.title, filter.terms) }]
    })
  }

  async function load(found: readonly Found[]) {
    const ids = [...new Set(found.map(({ conversationId }) => conversationId))]
    const [rows, tags] = await Promise.all([conversationsIn(ids, reports), tagsOf(ids, reports)])
    return new Map(rows.map((row) => [row.id, { row, present: presentConversation(row, tags.get(row.id) ?? []) }]))
  }

  async function findMessages(filter: SearchFilter, limit: number): Promise<Omit<SearchResult, 'titles'>> {
    const found = await findDocuments(filter, limit, reports)
    const messageIds = [...new Set(found.flatMap(({ messageId }) => messageId ?? []))]
    const [conversations, messages] = await Promise.all([load(found), messagesInOrder(messageIds, reports)])
    const branches = new Map<string, ReturnType<typeof branchesOf>>()
    const hits: Hit[] = []
    for (const message of messages) {
      const conversation = conversations.get(message.conversation_id)
      // It was deleted a moment ago.
      if (conversation === undefined) continue
      const { row, present } = conversation
      const known = branches.get(row.id) ?? branchesOf(row, await loadTree(row.id, reports))
      branches.set(row.id, known)
      hits.push({ ...hitOf(message, filter.terms), ...known(message.id), conversation: present })
    }
    const last = found.length < limit ? undefined : found.at(-1)
    return { messages: hits, next_cursor: last === undefined ? null : String(last.number) }
  }

  /** The conversations to look through; undefined ones: all that have the tag. */
  async function placeOf(
    userId: string,
    conversationId: string | undefined,
    tag: string | undefined,
  ): Promise<Pick<SearchFilter, 'conversationIds'> | 'nowhere'> {
    if (conversationId !== undefined) return { conversationIds: [conversationId] }
    if (tag === undefined) return {}
    const ids = await conversationsWithTag({ userId, tag, limit: fewConversations + 1 }, reports)
    if (ids.length === 0) return 'nowhere'
    return ids.length > fewConversations ? {} : { conversationIds: ids }
  }

  return {
    async find(userId, { text, role, limit, conversationId, ...rest }) {
      const terms = readQuery(text)
      if (terms.length === 0) return { titles: [], ...noMessages }
      const place = await placeOf(userId, conversationId, rest.tag)
      const [titles, found] = await Promise.all([
        isOfMessages({ role, conversationId, ...rest }) ? [] : findTitles({ userId, terms, tag: rest.tag }),
        place === 'nowhere'
          ? noMessages
          : findMessages({ ...rest, ...place, userId, terms, kind: kindOf(role) }, limit),
      ])
      return { titles, ...found }
    },
  }
}

const noMessages: Omit<SearchResult, 'titles'> = { messages: [], next_cursor: null }

/** Who says where, when or by whom something was said, or reads on, does not look for titles. */
function isOfMessages(request: Omit<SearchRequest, 'text' | 'limit' | 'tag'>): boolean {
  const { role, modelId, conversationId, from, to, before } = request
  return [role, modelId, conversationId, from, to, before].some((value) => value !== undefined)
}

function kindOf(role: SearchRequest['role']): DocumentKind | 'message' {
  if (role === undefined) return 'message'
  return role === 'user' ? 'user' : 'bot'
}

function branchesOf(conversation: ConversationRow, tree: MessageTree) {
  const shown = new Set(tree.pathTo(conversation.active_leaf_id))
  return (messageId: string): Pick<Hit, 'leaf_id' | 'is_shown'> => {
    const isShown = shown.has(messageId)
    const leaf = isShown ? conversation.active_leaf_id : tree.newestLeafBelow(messageId)
    return { leaf_id: leaf ?? messageId, is_shown: isShown }
  }
}

function hitOf(message: MessageRow, terms: readonly Term[]): Omit<Hit, 'conversation' | 'leaf_id' | 'is_shown'> {
  const snippet = createSnippet(searchableText(message), terms)
  return {
    message_id: message.id,
    role: message.sender_type === 'user' ? 'user' : 'assistant',
    sender_name: message.sender_name,
    model_id: message.model_id,
    created_at: new Date(message.created_at).toISOString(),
    snippet: snippet.text,
    marks: writable(snippet.marks),
  }
}

/** A title is shown whole. */
function marksIn(title: string, terms: readonly Term[]): [number, number][] {
  return writable(createSnippet(title, terms).marks)
}

function writable(marks: readonly (readonly [number, number])[]): [number, number][] {
  return marks.map(([start, end]) => [start, end])
}
