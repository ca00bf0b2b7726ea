import type { Store } from '../../store/store.ts'
import { ownConversation } from '../access.ts'
import { presentConversation } from '../conversations/present.ts'
import { tagsOf } from '../conversations/repository.ts'
import type { Conversation } from '../conversations/schema.ts'
import { presentMessage } from '../messages/present.ts'
import { loadTree, messagesInOrder } from '../messages/repository.ts'
import type { Message } from '../messages/schema.ts'

/** A conversation as it leaves the house. */
export interface ExportedConversation {
  readonly format: 'parley-conversation'
  readonly format_version: 1
  readonly exported_at: string
  readonly conversation: Conversation
  /** Every branch; each message before what follows it. */
  readonly messages: readonly Message[]
}

export interface Exports {
  /** All of it. */
  whole(userId: string, conversationId: string): Promise<ExportedConversation>
  /** The branch that is shown, to be read by people. */
  markdown(userId: string, conversationId: string): Promise<{ title: string; text: string }>
}

export function createExports({ store, clock }: { store: Store; clock: () => number }): Exports {
  async function load(userId: string, conversationId: string) {
    const row = await ownConversation(conversationId, userId, store.database)
    const tree = await loadTree(row.id, store.database)
    return { row, tree }
  }

  return {
    async whole(userId, conversationId) {
      const { row, tree } = await load(userId, conversationId)
      const ids = tree.childrenOf(null).flatMap((root) => tree.branchAt(root))
      const rows = await messagesInOrder(ids, store.database)
      const tags = await tagsOf([row.id], store.database)
      return {
        format: 'parley-conversation',
        format_version: 1,
        exported_at: new Date(clock()).toISOString(),
        conversation: presentConversation(row, tags.get(row.id) ?? []),
        messages: rows.map((message) => presentMessage(message, tree.siblingsOf(message.id))),
      }
    },
    async markdown(userId, conversationId) {
      const { row, tree } = await load(userId, conversationId)
      const rows = await messagesInOrder(tree.pathTo(row.active_leaf_id), store.database)
      const said = rows.map((message) => markdownOf(presentMessage(message)))
      return { title: row.title, text: [`# ${oneLine(row.title)}\n`, ...said].join('\n') }
    },
  }
}

function markdownOf(message: Message): string {
  const who = message.sender_name ?? (message.role === 'user' ? 'User' : (message.model_id ?? 'Assistant'))
  const failure = message.error_message === null ? '' : `\n\n> ${oneLine(message.error_message)}`
  return `## ${oneLine(who)} · ${message.created_at}\n\n${message.content}${failure}\n`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
