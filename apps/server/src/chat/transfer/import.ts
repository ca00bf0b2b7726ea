/**
 * Brings conversations in from a file of this or another platform, one at a time, each whole or not at all. Ids are made
 * from where a conversation comes from, so that the same file again adds nothing, also after it broke off in the middle.
 */
import { createHash } from 'node:crypto'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Connection, Store } from '../../store/store.ts'
import { insertConversation, replaceTags, tryConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { insertMessages, type NewMessage } from '../messages/repository.ts'
import { withoutNul } from '../plain-text.ts'
import { titleOf } from '../title.ts'
import { type ImportedConversation, type ImportedMessage, readConversations } from './import-readers.ts'
import { jsonElements, JsonTextError } from './json-elements.ts'

export interface ImportReport {
  readonly dry_run: boolean
  /** Conversations in the file. */
  found: number
  /** Those that were brought in, or would be. */
  imported: number
  messages: number
  /** Those that are here already. */
  duplicates: number
  skipped: number
  /** Why, of the first hundred. */
  readonly problems: { title: string; reason: string }[]
  /** False: the file broke off; what came before counts. */
  is_complete: boolean
}

export interface Imports {
  read(userId: string, file: AsyncIterable<Uint8Array>, options: { isDryRun: boolean }): Promise<ImportReport>
}

export interface ImportsOptions {
  readonly store: Store
  readonly feed: Feed
  readonly catalog: Catalog
  readonly defaultModel: string
  readonly clock: () => number
}

const mostProblems = 100
const mostTags = 50

export function createImports(options: ImportsOptions): Imports {
  const { store, feed } = options

  async function take(userId: string, imported: ImportedConversation, report: ImportReport): Promise<void> {
    report.found += 1
    const skip = (reason: string) => {
      report.skipped += 1
      if (report.problems.length < mostProblems) report.problems.push({ title: imported.title.slice(0, 200), reason })
    }
    if (imported.sourceId === '') return skip('it has no id')
    const draft = draftOf(userId, imported, options)
    if (draft.messages.length === 0) return skip('it has no messages with text')
    if (await isHere(userId, imported, draft.id)) {
      report.duplicates += 1
      return
    }
    if (!report.dry_run) {
      await store.transaction((transaction) => save(draft, transaction))
      feed.tell(userId, { type: 'conversation', id: draft.id, change: 'created' })
    }
    report.imported += 1
    report.messages += draft.messages.length
  }

  /** By the id that it was given, or, of one's own export, that it has. */
  async function isHere(userId: string, { source, sourceId }: ImportedConversation, id: string): Promise<boolean> {
    if ((await tryConversation(id, store.database)) !== undefined) return true
    if (source !== 'parley') return false
    return (await tryConversation(sourceId, store.database))?.user_id === userId
  }

  return {
    async read(userId, file, { isDryRun }) {
      const report: ImportReport = {
        dry_run: isDryRun,
        found: 0,
        imported: 0,
        messages: 0,
        duplicates: 0,
        skipped: 0,
        problems: [],
        is_complete: true,
      }
      try {
        for await (const text of jsonElements(file)) {
          const conversations = readConversations(parse(text))
          if (conversations.length === 0)
            report.problems.push({ title: '', reason: 'a part of it is of no known kind' })
          for (const conversation of conversations) await take(userId, conversation, report)
        }
      } catch (error) {
        if (!(error instanceof JsonTextError)) throw error
        report.is_complete = false
        report.problems.push({ title: '', reason: error.message })
      }
      report.problems.splice(mostProblems)
      return report
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new JsonTextError(cause instanceof Error ? cause.message : 'it is not JSON', { cause })
  }
}

interface Draft {
  readonly id: string
  readonly conversation: Parameters<typeof insertConversation>[0]
  readonly tags: readonly string[]
  readonly messages: readonly NewMessage[]
}

async function save({ id, conversation, tags, messages }: Draft, connection: Connection): Promise<void> {
  await insertConversation(conversation, connection)
  await replaceTags(id, tags, connection)
  await insertMessages(messages, connection)
}

function draftOf(userId: string, imported: ImportedConversation, options: ImportsOptions): Draft {
  const { source, sourceId } = imported
  const kept = parentsFirst(imported.messages)
  const times = kept.flatMap(({ createdAt }) => createdAt ?? [])
  const createdAt = imported.createdAt ?? Math.min(...times, imported.updatedAt ?? options.clock())
  const id = idFrom(createdAt, `${userId}/${source}/${sourceId}`, 0)
  const ids = new Map<string, string>()
  const messages: NewMessage[] = []
  for (const [index, message] of kept.entries()) {
    const at = message.createdAt ?? createdAt + index
    const messageId = idFrom(at, `${id}/${message.id}`, index)
    ids.set(message.id, messageId)
    const parentId = message.parentId === null ? null : (ids.get(message.parentId) ?? null)
    messages.push(rowOf(message, { id: messageId, conversationId: id, parentId, userId, at }))
  }
  const shown = nearestKept(imported, ids)
  const model = imported.modelId === null ? undefined : options.catalog.tryModel(imported.modelId)
  const isUsable = model?.isActive === true && (model.own === undefined || model.own.userId === userId)
  const title = titleFor(imported, kept)
  return {
    id,
    messages,
    tags: [...new Set(imported.tags.map((tag) => withoutNul(tag).trim().slice(0, 50)))]
      .filter(Boolean)
      .slice(0, mostTags),
    conversation: {
      id,
      user_id: userId,
      title,
      title_source: 'typed',
      model_id: isUsable ? model.id : options.defaultModel,
      system_prompt: imported.systemPrompt === null ? null : withoutNul(imported.systemPrompt),
      active_leaf_id: shown ?? messages.at(-1)?.id ?? null,
      is_pinned: imported.isPinned ? 1 : 0,
      is_archived: imported.isArchived ? 1 : 0,
      created_at: createdAt,
      updated_at: imported.updatedAt ?? Math.max(createdAt, ...times),
    },
  }
}

function titleFor(imported: ImportedConversation, kept: readonly ImportedMessage[]): string {
  const title = withoutNul(imported.title).replace(/\s+/g, ' ').trim().slice(0, 200)
  return title || titleOf(withoutNul(kept[0]?.content ?? '')) || imported.sourceId.slice(0, 200)
}

function rowOf(
  message: ImportedMessage,
  place: { id: string; conversationId: string; parentId: string | null; userId: string; at: number },
): NewMessage {
  const isPerson = message.role === 'user'
  return {
    id: place.id,
    conversation_id: place.conversationId,
    parent_id: place.parentId,
    sender_type: isPerson ? 'user' : 'bot',
    sender_id: isPerson ? place.userId : message.modelId,
    sender_name: null,
    content: withoutNul(message.content),
    model_id: isPerson ? null : message.modelId,
    status: 'done',
    end_reason: isPerson ? null : 'stop',
    created_at: place.at,
    updated_at: place.at,
  }
}

/** Messages of people and models with text, each after what it follows; those between are left out, rings cut open. */
function parentsFirst(messages: readonly ImportedMessage[]): ImportedMessage[] {
  const byId = new Map(messages.filter(({ id }) => id !== '').map((message) => [message.id, message]))
  const isKept = (message: ImportedMessage) => message.role !== 'other' && message.content.trim() !== ''
  const keptParent = (message: ImportedMessage): string | null => {
    const seen = new Set([message.id])
    let parent = message.parentId === null ? undefined : byId.get(message.parentId)
    while (parent !== undefined && !isKept(parent) && !seen.has(parent.id)) {
      seen.add(parent.id)
      parent = parent.parentId === null ? undefined : byId.get(parent.parentId)
    }
    return parent === undefined || seen.has(parent.id) ? null : parent.id
  }
  const children = new Map<string | null, ImportedMessage[]>()
  const kept = [...byId.values()].filter(isKept).map((message) => ({ ...message, parentId: keptParent(message) }))
  for (const message of kept) children.set(message.parentId, [...(children.get(message.parentId) ?? []), message])
  const ordered = [...(children.get(null) ?? [])]
  for (let index = 0; index < ordered.length; index += 1) {
    ordered.push(...(children.get(ordered[index]?.id ?? '') ?? []))
  }
  return ordered
}

/** The message that was shown last, or, if that was left out, the nearest before it. */
function nearestKept(
  { messages, activeId }: ImportedConversation,
  ids: ReadonlyMap<string, string>,
): string | undefined {
  const parents = new Map(messages.map((message) => [message.id, message.parentId]))
  const seen = new Set<string>()
  for (let id: string | null | undefined = activeId; typeof id === 'string' && !seen.has(id); id = parents.get(id)) {
    const known = ids.get(id)
    if (known !== undefined) return known
    seen.add(id)
  }
  return undefined
}

/** A UUIDv7 (RFC 9562) whose random part is of its source: the same source gives the same id, and ids sort by time. */
function idFrom(time: number, source: string, order: number): string {
  const at = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0').slice(-12)
  const hash = createHash('sha256').update(source).digest('hex')
  const place = (order & 0xfff).toString(16).padStart(3, '0')
  const variant = ((Number.parseInt(hash.slice(0, 1), 16) & 0x3) | 0x8).toString(16)
  return `${at.slice(0, 8)}-${at.slice(8)}-7${place}-${variant}${hash.slice(1, 4)}-${hash.slice(4, 16)}`
}
