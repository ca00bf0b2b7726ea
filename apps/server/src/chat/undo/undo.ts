/**
 * What was deleted can be brought back for half a minute: it is kept, whole, in one row, written in the transaction that
 * deletes it. So nothing that reads conversations has to know of deleted ones. After that time the content is forgotten,
 * and the row says for a month, to devices that were away, that something is gone.
 */
import { type Language, notFound, ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Connection, Store } from '../../store/store.ts'
import { assertOwn, lockOwnConversation } from '../access.ts'
import {
  type ConversationRow,
  deleteConversation,
  insertConversation,
  replaceTags,
  tagsOf,
  tryConversation,
  updateConversation,
} from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { addBots, botsIn } from '../groups/repository.ts'
import type { SeenPlace } from '../messages/place.ts'
import {
  deleteMessages,
  insertMessages,
  loadTree,
  type MessageRow,
  messagesInOrder,
  tryMessageOfClient,
} from '../messages/repository.ts'
import { insertRuns, type RunRow, runsOf } from '../runs/repository.ts'
import { interruption } from '../runs/run-event.ts'
import { describeError } from '../texts.ts'
import { insertDeletion, removeDeletion, tryDeletion } from './repository.ts'

export const undoMs = 30_000

export interface Undo {
  restoreConversation(place: Spoken<Pick<SeenPlace, 'userId' | 'conversationId'>>): Promise<void>
  /** Brings a message back with all that followed it. */
  restoreMessage(place: Spoken<SeenPlace>): Promise<void>
}

/** In which language is said what became of a reply that was under way. */
type Spoken<Place> = Place & { readonly language: Language }

interface DeletedConversation {
  readonly conversation: ConversationRow
  readonly tags: readonly string[]
  readonly botIds: readonly string[]
  readonly messages: readonly MessageRow[]
  /** Without their logs: what they said is in the messages. Absent: it was deleted by an older version. */
  readonly runs?: readonly RunRow[]
}

interface DeletedBranch {
  readonly messages: readonly MessageRow[]
  /** What was shown before. */
  readonly activeLeafId: string | null
}

/** Deletes a conversation that the caller holds. */
export async function discardConversation(conversation: ConversationRow, connection: Connection): Promise<void> {
  const { id } = conversation
  const tree = await loadTree(id, connection)
  const ids = tree.childrenOf(null).flatMap((root) => tree.branchAt(root))
  const content: DeletedConversation = {
    conversation,
    tags: (await tagsOf([id], connection)).get(id) ?? [],
    botIds: ((await botsIn([id], connection)).get(id) ?? []).map((bot) => bot.id),
    messages: await messagesInOrder(ids, connection),
    runs: await runsOf(id, connection),
  }
  await insertDeletion(deletionOf(conversation, { messageId: null, content }), connection)
  await deleteConversation(id, connection)
}

/** Deletes messages of a conversation that the caller holds; each comes before what follows it. */
export async function discardBranch(
  conversation: ConversationRow,
  ids: readonly string[],
  connection: Connection,
): Promise<void> {
  const messages = await messagesInOrder(ids, connection)
  const content: DeletedBranch = { messages, activeLeafId: conversation.active_leaf_id }
  const messageId = messages[0]?.id ?? null
  await insertDeletion(deletionOf(conversation, { messageId, content }), connection)
  await deleteMessages(ids, connection)
}

function deletionOf(
  conversation: ConversationRow,
  { messageId, content }: { messageId: string | null; content: object },
) {
  return {
    id: uuid(),
    user_id: conversation.user_id,
    conversation_id: conversation.id,
    message_id: messageId,
    content_json: JSON.stringify(content),
  }
}

/** A run that was under way has written into nothing since: it is ended, whatever it and its message were when they went. */
function endedRun(run: RunRow, { language, now }: { language: Language; now: number }): RunRow {
  if (run.status !== 'running') return run
  const { message } = describeError(interruption, language)
  return { ...run, status: 'interrupted', error_message: message, ended_at: now }
}

function endedReply(reply: MessageRow, language: Language): MessageRow {
  if (reply.status !== 'running') return reply
  const { message } = describeError(interruption, language)
  return { ...reply, status: 'interrupted', ai_error: 1, error_message: message, end_reason: 'interrupted' }
}

/** As they may come back: what was sent since under the client's id of one of them has that id now. */
async function returning(messages: readonly MessageRow[], connection: Connection): Promise<MessageRow[]> {
  const returned: MessageRow[] = []
  for (const message of messages) {
    const { conversation_id: conversationId, client_message_id: clientMessageId } = message
    const known =
      clientMessageId === null ? undefined : await tryMessageOfClient({ conversationId, clientMessageId }, connection)
    returned.push(known === undefined ? message : { ...message, client_message_id: null })
  }
  return returned
}

export function createUndo({ store, feed, clock }: { store: Store; feed: Feed; clock: () => number }): Undo {
  async function take<Content>(
    userId: string,
    what: { conversationId: string; messageId: string | null },
    connection: Connection,
  ): Promise<Content | undefined> {
    const deletion = await tryDeletion({ ...what, withinMs: undoMs }, connection)
    if (deletion === undefined) return undefined
    if (deletion.user_id !== userId) throw new ParleyError('forbidden')
    const isTaken = await removeDeletion(deletion.id, connection)
    return isTaken ? (JSON.parse(deletion.content_json ?? '') as Content) : undefined
  }

  return {
    async restoreConversation({ userId, conversationId, language }) {
      await store.transaction(async (transaction) => {
        const content = await take<DeletedConversation>(userId, { conversationId, messageId: null }, transaction)
        if (content === undefined) {
          // Twice is once: what is there need not be brought back.
          assertOwn(await tryConversation(conversationId, transaction), userId)
          return
        }
        await insertConversation(content.conversation, transaction)
        await replaceTags(conversationId, content.tags, transaction)
        if (content.botIds.length > 0) await addBots(conversationId, content.botIds, transaction)
        const messages = content.messages.map((message) => endedReply(message, language))
        await insertMessages(messages, transaction)
        const runs = (content.runs ?? []).map((run) => endedRun(run, { language, now: clock() }))
        await insertRuns(runs, transaction)
      })
      feed.tell(userId, { type: 'conversation', id: conversationId, change: 'created' })
    },
    async restoreMessage({ userId, conversationId, version, messageId, language }) {
      await store.transaction(async (transaction) => {
        await lockOwnConversation({ id: conversationId, userId, version }, store.kind, transaction)
        const content = await take<DeletedBranch>(userId, { conversationId, messageId }, transaction)
        if (content === undefined) throw notFound('message')
        const parentId = content.messages[0]?.parent_id ?? null
        const tree = await loadTree(conversationId, transaction)
        // What it followed has been deleted since: that must be brought back before it.
        if (parentId !== null && !tree.has(parentId)) throw new ParleyError('conflict')
        const messages = content.messages.map((message) => endedReply(message, language))
        await insertMessages(await returning(messages, transaction), transaction)
        const isShown = content.messages.some((message) => message.id === content.activeLeafId)
        const shown = isShown ? { active_leaf_id: content.activeLeafId } : {}
        await updateConversation(conversationId, { ...shown, updated_at: clock() }, transaction)
      })
      feed.tell(userId, { type: 'conversation', id: conversationId, change: 'updated' })
    },
  }
}
