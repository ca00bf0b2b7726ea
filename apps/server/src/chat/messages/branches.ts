import { fieldFaults, invalidField, ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Connection, Store } from '../../store/store.ts'
import { lockOwnConversation, messageIn, ownConversation } from '../access.ts'
import { type MessageAttachment, readAttachments, writeAttachments } from '../attachments/attachment.ts'
import type { Attachments } from '../attachments/service.ts'
import { type ConversationRow, insertConversation, updateConversation } from '../conversations/repository.ts'
import { assertVersion } from '../conversations/version.ts'
import type { Feed } from '../feed/feed.ts'
import { addBots, botsIn } from '../groups/repository.ts'
import { runningRunsOf } from '../runs/repository.ts'
import type { Runs } from '../runs/service.ts'
import { discardBranch } from '../undo/undo.ts'
import type { MessageTree } from './message-tree.ts'
import { insertMessage, loadTree, type MessageRow, messagesInOrder, repliesOfRun } from './repository.ts'
import type { Place, SeenPlace } from './place.ts'

/** The tree of a conversation: nothing is overwritten, a change is a branch beside what was there. */
export interface Branches {
  /** Puts a message with other words beside it and asks nobody. A reply gets no files but its own. */
  rewrite(place: SeenPlace, words: Rewritten): Promise<MessageRow>
  /** Shows the branch that a message is on, to its newest end. */
  select(place: SeenPlace): Promise<void>
  /** Deletes a message with all that follows it, stopping what is being written there. */
  remove(place: SeenPlace): Promise<void>
  /** Copies a branch, up to a message or whole, into a conversation of its own; its id. */
  fork(userId: string, conversationId: string, messageId?: string): Promise<string>
}

export interface Rewritten {
  readonly content: string
  /** Ids of its files. */
  readonly attachments: readonly string[]
}

export interface BranchesOptions {
  readonly store: Store
  readonly attachments: Pick<Attachments, 'forMessage'>
  readonly runs: Runs
  readonly feed: Feed
  readonly clock: () => number
}

export function createBranches({ store, attachments, runs, feed, clock }: BranchesOptions): Branches {
  async function change<T>(
    { userId, conversationId, version }: Omit<SeenPlace, 'messageId'>,
    work: (conversation: ConversationRow, connection: Connection) => Promise<T>,
  ): Promise<T> {
    const result = await store.transaction(async (transaction) => {
      const held = { id: conversationId, userId, version }
      const conversation = await lockOwnConversation(held, store.kind, transaction)
      return await work(conversation, transaction)
    })
    feed.tell(userId, { type: 'conversation', id: conversationId, change: 'updated' })
    return result
  }

  /** A run that has said anything below a message, in a group its first bot or its third, would go on into nothing. */
  async function stopBelow({ userId, conversationId, messageId }: Place): Promise<void> {
    for (const { id: runId } of await runningRunsOf(conversationId, store.database)) {
      const said = await repliesOfRun({ conversationId, runId }, store.database)
      const tree = await loadTree(conversationId, store.database)
      if (said.some(({ id }) => tree.pathTo(id).includes(messageId))) await runs.stop(userId, runId)
    }
  }

  return {
    rewrite: async (place, words) =>
      await change(place, async (conversation, connection) => {
        const message = await messageIn(conversation.id, place.messageId, connection)
        if (message.status === 'running') throw new ParleyError('run_active')
        assertOwnFiles(message, words)
        const files = await attachments.forMessage(place.userId, words.attachments, connection)
        const now = clock()
        const row = rewritten(message, { content: words.content, files }, now)
        await insertMessage(row, connection)
        await updateConversation(conversation.id, { active_leaf_id: row.id, updated_at: now }, connection)
        return row
      }),
    select: async (place) =>
      await change(place, async (conversation, connection) => {
        const message = await messageIn(conversation.id, place.messageId, connection)
        const leafId = (await loadTree(conversation.id, connection)).newestLeafBelow(message.id)
        await updateConversation(conversation.id, { active_leaf_id: leafId }, connection)
      }),
    async remove(place) {
      const { version, userId, conversationId } = place
      // Before anything is stopped that would have to stay.
      await assertVersion(await ownConversation(conversationId, userId, store.database), version, store.database)
      await messageIn(conversationId, place.messageId, store.database)
      await stopBelow(place)
      await change(place, async (conversation, connection) => {
        const message = await messageIn(conversation.id, place.messageId, connection)
        const tree = await loadTree(conversation.id, connection)
        const branch = tree.branchAt(message.id)
        await discardBranch(conversation, branch, connection)
        const leafId = conversation.active_leaf_id
        const isShown = leafId !== null && branch.includes(leafId)
        const active = isShown ? leafBeside(message, tree) : leafId
        await updateConversation(conversation.id, { active_leaf_id: active, updated_at: clock() }, connection)
      })
    },
    fork: async (userId, conversationId, messageId) =>
      await change({ userId, conversationId }, async (conversation, connection) => {
        const leafId = messageId ?? conversation.active_leaf_id
        if (leafId !== null) await messageIn(conversation.id, leafId, connection)
        const path = (await loadTree(conversation.id, connection)).pathTo(leafId)
        const rows = await messagesInOrder(path, connection)
        return await copyPath(conversation, rows, clock(), connection)
      }),
  }
}

/** Models are shown files of people, never of replies. */
function assertOwnFiles(message: MessageRow, { attachments }: Rewritten): void {
  const own = readAttachments(message).map(({ id }) => id)
  if (message.sender_type === 'bot' && attachments.some((id) => !own.includes(id)))
    throw invalidField('attachments', fieldFaults.filesOfReply)
}

function rewritten(
  message: MessageRow,
  { content, files }: { content: string; files: readonly MessageAttachment[] },
  now: number,
): MessageRow {
  return {
    ...message,
    id: uuid(),
    content,
    attachments_json: writeAttachments(files),
    blocks_json: null,
    run_id: null,
    client_message_id: null,
    status: 'done',
    ai_error: 0,
    error_message: null,
    end_reason: 'edited',
    input_tokens: 0,
    output_tokens: 0,
    cost_nanos: 0,
    rating: null,
    created_at: now,
    updated_at: now,
  }
}

/** What is shown when a branch is gone: the newest that stands beside it, or else what it followed. */
function leafBeside({ id, parent_id: parentId }: MessageRow, tree: MessageTree): string | null {
  const beside = tree.siblingsOf(id).findLast((sibling) => sibling !== id)
  return beside === undefined ? parentId : tree.newestLeafBelow(beside)
}

async function copyPath(
  conversation: ConversationRow,
  path: readonly MessageRow[],
  now: number,
  connection: Connection,
): Promise<string> {
  const id = uuid()
  const copies = path.filter((message) => message.status !== 'running').map((message) => ({ ...message, id: uuid() }))
  const active = copies.at(-1)?.id ?? null
  const fresh = { version: 1, pin_rank: 0, is_archived: 0, created_at: now, updated_at: now } as const
  await insertConversation({ ...conversation, id, active_leaf_id: active, ...fresh }, connection)
  const bots = (await botsIn([conversation.id], connection)).get(conversation.id) ?? []
  const botIds = bots.map((bot) => bot.id)
  if (botIds.length > 0) await addBots(id, botIds, connection)
  for (const [index, copy] of copies.entries()) {
    const parentId = copies[index - 1]?.id ?? null
    const own = {
      conversation_id: id,
      parent_id: parentId,
      run_id: null,
      client_message_id: null,
      cost_nanos: 0,
      rating: null,
    }
    await insertMessage({ ...copy, ...own }, connection)
  }
  return id
}
