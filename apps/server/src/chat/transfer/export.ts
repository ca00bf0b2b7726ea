import { ParleyError } from '@parley/contract'
import type { Store } from '../../store/store.ts'
import { ownConversation } from '../access.ts'
import { inputOf } from '../attachments/attachment.ts'
import type { Attachments } from '../attachments/service.ts'
import { presentConversation } from '../conversations/present.ts'
import { type ConversationRow, conversationIdsAfter, tagsOf } from '../conversations/repository.ts'
import type { Conversation } from '../conversations/schema.ts'
import { presentBot } from '../groups/bots.ts'
import { type BotRow, botsIn } from '../groups/repository.ts'
import type { Group } from '../groups/schema.ts'
import { presentMessage } from '../messages/present.ts'
import { loadTree, messagesInOrder } from '../messages/repository.ts'
import type { Message } from '../messages/schema.ts'
import { fileElements } from './export-files.ts'
import { htmlPage, markdownPage, type Pictures } from './export-pages.ts'

/** A conversation as it leaves the house. Its files stand before it in the list. */
export interface ExportedConversation {
  readonly format: 'parley-conversation'
  readonly format_version: 1
  readonly exported_at: string
  readonly conversation: Conversation
  /** Of a group. */
  readonly group?: Pick<Group, 'reply_mode' | 'moderator_id' | 'bot_turns' | 'bots'>
  /** Every branch; each message before what follows it. */
  readonly messages: readonly Message[]
}

export interface Exports {
  /** All of it but the content of its files. */
  whole(userId: string, conversationId: string): Promise<ExportedConversation>
  /** All of it as the text of JSON, piece by piece: the conversation, or, if it has files, a list in which they come first. */
  json(userId: string, conversationId: string): Promise<{ title: string; text: AsyncGenerator<string, void, void> }>
  /** All that a person has, temporary conversations too, as the text of a JSON array, piece by piece. */
  everything(userId: string): AsyncGenerator<string, void, void>
  /** The branch that is shown, to be read by people. */
  markdown(userId: string, conversationId: string): Promise<{ title: string; text: string }>
  /** The same as a page that needs nothing else. */
  html(userId: string, conversationId: string): Promise<{ title: string; text: string }>
}

export interface ExportsOptions {
  readonly store: Store
  readonly attachments: Attachments
  readonly clock: () => number
}

const stepSize = 100
/** A page is made as one text. */
const mostPictureBytes = 32 * 1024 * 1024

export function createExports({ store: { reports }, attachments, clock }: ExportsOptions): Exports {
  async function load(userId: string, conversationId: string) {
    const row = await ownConversation(conversationId, userId, reports)
    const tree = await loadTree(row.id, reports)
    return { row, tree }
  }

  async function shown(userId: string, conversationId: string): Promise<{ title: string; messages: Message[] }> {
    const { row, tree } = await load(userId, conversationId)
    const rows = await messagesInOrder(tree.pathTo(row.active_leaf_id), reports)
    return { title: row.title, messages: rows.map((message) => presentMessage(message, row)) }
  }

  async function whole(userId: string, conversationId: string): Promise<ExportedConversation> {
    const { row, tree } = await load(userId, conversationId)
    const ids = tree.childrenOf(null).flatMap((root) => tree.branchAt(root))
    const rows = await messagesInOrder(ids, reports)
    const tags = await tagsOf([row.id], reports)
    const bots = row.kind === 'group' ? ((await botsIn([row.id], reports)).get(row.id) ?? []) : undefined
    return {
      format: 'parley-conversation',
      format_version: 1,
      exported_at: new Date(clock()).toISOString(),
      conversation: presentConversation(row, tags.get(row.id) ?? []),
      ...(bots && { group: groupOf(row, bots) }),
      messages: rows.map((message) => presentMessage(message, row, tree.siblingsOf(message.id))),
    }
  }

  /** Undefined for one that was deleted meanwhile. */
  async function tryWhole(userId: string, conversationId: string): Promise<ExportedConversation | undefined> {
    try {
      return await whole(userId, conversationId)
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'not_found') return undefined
      throw error
    }
  }

  return {
    whole,
    async json(userId, conversationId) {
      const exported = await whole(userId, conversationId)
      const { title } = exported.conversation
      return { title, text: filesOf(exported).size === 0 ? textOf(exported) : listOf(exported, attachments) }
    },
    async *everything(userId) {
      const separator = { begin: createSeparator(), written: new Set<string>(), attachments }
      let after = ''
      let count = 0
      for (;;) {
        const ids = await conversationIdsAfter({ userId, after, limit: stepSize }, reports)
        for (const id of ids) {
          const exported = await tryWhole(userId, id)
          if (exported === undefined) continue
          yield* elements(exported, separator)
          count += 1
        }
        after = ids.at(-1) ?? after
        if (ids.length < stepSize) break
      }
      yield count === 0 ? '[]\n' : '\n]\n'
    },
    async markdown(userId, conversationId) {
      const { title, messages } = await shown(userId, conversationId)
      return { title, text: markdownPage(title, messages) }
    },
    async html(userId, conversationId) {
      const { title, messages } = await shown(userId, conversationId)
      return { title, text: htmlPage(title, messages, await picturesOf(messages, attachments)) }
    },
  }
}

function groupOf(row: ConversationRow, bots: readonly BotRow[]): NonNullable<ExportedConversation['group']> {
  const { reply_mode, moderator_id, bot_turns } = row
  return { reply_mode, moderator_id, bot_turns, bots: bots.map(presentBot) }
}

/** Its files, then the conversation; `begin` stands before each element. */
async function* elements(
  exported: ExportedConversation,
  { begin, written, attachments }: { begin: () => string; written: Set<string>; attachments: Attachments },
): AsyncGenerator<string, void, void> {
  for (const id of filesOf(exported)) {
    if (written.has(id)) continue
    written.add(id)
    const file = (await attachments.tryRead([id])).get(id)
    if (file !== undefined) yield* fileElements(file, begin)
  }
  yield `${begin()}${JSON.stringify(exported)}`
}

async function* listOf(exported: ExportedConversation, attachments: Attachments): AsyncGenerator<string, void, void> {
  yield* elements(exported, { begin: createSeparator(), written: new Set(), attachments })
  yield '\n]\n'
}

async function picturesOf(messages: readonly Message[], attachments: Attachments): Promise<Pictures> {
  const pictures = new Map<string, string>()
  let bytes = 0
  for (const { id, media_type: mediaType, size } of messages.flatMap((message) => message.attachments)) {
    const file = inputOf(mediaType) === 'image' ? (await attachments.tryRead([id])).get(id) : undefined
    if (file === undefined || bytes + size > mostPictureBytes) continue
    const content: string[] = []
    for await (const piece of file.pieces()) content.push(piece.toString('base64'))
    pictures.set(id, `data:${mediaType};base64,${content.join('')}`)
    bytes += size
  }
  return pictures
}

function filesOf({ messages }: ExportedConversation): Set<string> {
  return new Set(messages.flatMap((message) => message.attachments.map(({ id }) => id)))
}

async function* textOf(exported: ExportedConversation): AsyncGenerator<string, void, void> {
  yield JSON.stringify(exported, null, 2)
}

/** What stands before the elements of a list: a bracket before the first, commas before the others. */
function createSeparator(): () => string {
  let isFirst = true
  return () => {
    const separator = isFirst ? '[\n' : ',\n'
    isFirst = false
    return separator
  }
}
