/** An imported conversation as rows of ours: ids made from where it comes from, parents before what follows them. */
import type { Insertable } from 'kysely'
import type { Catalog } from '../../catalog/catalog.ts'
import type { BotTable, ConversationTable } from '../../store/tables.ts'
import { writeAttachments } from '../attachments/attachment.ts'
import { isUsableModel } from '../models.ts'
import type { NewMessage } from '../messages/repository.ts'
import { titleOf } from '../title.ts'
import type { ImportedFiles } from './import-files.ts'
import { idFrom } from './import-ids.ts'
import type { ImportedConversation, ImportedMessage, OwnBot, OwnGroup } from './imported.ts'

export interface Draft {
  readonly id: string
  readonly conversation: Insertable<ConversationTable>
  readonly tags: readonly string[]
  readonly messages: readonly NewMessage[]
  /** Of a group. */
  readonly bots: readonly Insertable<BotTable>[]
}

export interface DraftOptions {
  readonly userId: string
  readonly catalog: Catalog
  readonly defaultModel: string
  readonly files: ImportedFiles
  /** Ids of bots that the person has already, their own and everybody's. */
  readonly knownBots: ReadonlySet<string>
  readonly clock: () => number
}

const mostTags = 50

export function draftOf(imported: ImportedConversation, options: DraftOptions): Draft {
  const { source, sourceId, own } = imported
  const { userId } = options
  const kept = parentsFirst(imported.messages)
  const times = kept.flatMap(({ createdAt }) => createdAt ?? [])
  const createdAt = imported.createdAt ?? Math.min(...times, imported.updatedAt ?? options.clock())
  const id = idFrom(createdAt, `${userId}/${source}/${sourceId}`, 0)
  const botId = (bot: OwnBot) =>
    options.knownBots.has(bot.id) ? bot.id : idFrom(bot.createdAt, `${userId}/bot/${bot.id}`, 0)
  const { messages, ids } = rowsOf(kept, { ...options, conversationId: id, createdAt, botId, own: imported.own })
  const group = own?.group
  return {
    id,
    messages,
    tags: [...new Set(imported.tags.map((tag) => tag.trim().slice(0, 50)))].filter(Boolean).slice(0, mostTags),
    bots: (group?.bots ?? []).map((bot) => botRow(bot, { ...options, id: botId(bot) })),
    conversation: {
      id,
      user_id: userId,
      title: titleFor(imported, kept),
      title_source: 'typed',
      model_id: tryUsable(imported.modelId, options) ?? options.defaultModel,
      system_prompt: imported.systemPrompt,
      active_leaf_id: nearestKept(imported, ids) ?? messages.at(-1)?.id ?? null,
      pin_rank: imported.pinRank,
      is_archived: imported.isArchived ? 1 : 0,
      created_at: createdAt,
      updated_at: imported.updatedAt ?? Math.max(createdAt, ...times),
      ...(own && { folder: own.folder, parameters_json: JSON.stringify(own.parameters) }),
      ...(group && {
        kind: 'group',
        reply_mode: group.replyMode,
        bot_turns: group.botTurns,
        moderator_id: moderatorOf(group, botId),
      }),
    },
  }
}

function moderatorOf({ bots, moderatorId }: OwnGroup, botId: (bot: OwnBot) => string): string | null {
  const moderator = bots.find(({ id }) => id === moderatorId)
  return moderator === undefined ? null : botId(moderator)
}

/** A model that the person could choose here. */
function tryUsable(modelId: string | null, { catalog, userId }: DraftOptions): string | undefined {
  return modelId !== null && isUsableModel(catalog, userId, modelId) ? modelId : undefined
}

function botRow(bot: OwnBot, options: DraftOptions & { id: string }): Insertable<BotTable> {
  return {
    id: options.id,
    user_id: options.userId,
    name: bot.name,
    personality: bot.personality,
    description: bot.description,
    response_tendency: bot.responseTendency,
    model_id: tryUsable(bot.modelId, options) ?? null,
    parameters_json: JSON.stringify(bot.parameters),
    color: bot.color,
    created_at: bot.createdAt,
    updated_at: bot.createdAt,
  }
}

function titleFor(imported: ImportedConversation, kept: readonly ImportedMessage[]): string {
  const title = imported.title.replace(/\s+/g, ' ').trim().slice(0, 200)
  return title || titleOf(kept[0]?.content ?? '') || imported.sourceId.slice(0, 200)
}

interface Place extends DraftOptions {
  readonly conversationId: string
  readonly createdAt: number
  readonly botId: (bot: OwnBot) => string
  readonly own: ImportedConversation['own']
}

function rowsOf(kept: readonly ImportedMessage[], place: Place): { messages: NewMessage[]; ids: Map<string, string> } {
  const ids = new Map<string, string>()
  /** Of those that follow the same message, ids must sort as they stood. */
  const newest = new Map<string | null, number>()
  const messages = kept.map((message, index): NewMessage => {
    const at = message.createdAt ?? place.createdAt + index
    const parentId = message.parentId === null ? null : (ids.get(message.parentId) ?? null)
    const order = Math.max(at, newest.get(parentId) ?? 0)
    newest.set(parentId, order)
    const id = idFrom(order, `${place.conversationId}/${message.id}`, index)
    ids.set(message.id, id)
    return { ...rowOf(message, place, at), id, parent_id: parentId }
  })
  return { messages, ids }
}

type PlacedMessage = Omit<NewMessage, 'id' | 'parent_id'>

function rowOf(message: ImportedMessage, place: Place, at: number): PlacedMessage {
  const { own, modelId } = message
  const isPerson = message.role === 'user'
  const plain: PlacedMessage = {
    conversation_id: place.conversationId,
    sender_type: isPerson ? 'user' : 'bot',
    sender_id: isPerson ? place.userId : modelId,
    sender_name: null,
    content: message.content,
    model_id: isPerson ? null : modelId,
    status: 'done',
    ...(!isPerson && message.blocks && { blocks_json: JSON.stringify(message.blocks) }),
    end_reason: isPerson ? null : 'stop',
    created_at: at,
    updated_at: at,
  }
  if (own === undefined) return plain
  const speaker = place.own?.group?.bots.find(({ id }) => id === own.senderId)
  return {
    ...plain,
    ...(isPerson ? {} : { sender_id: speaker === undefined ? own.senderId : place.botId(speaker) }),
    sender_name: own.senderName,
    model_id: modelId,
    blocks_json: own.blocks && JSON.stringify(own.blocks),
    attachments_json: writeAttachments(own.attachments.map((file) => place.files.attachmentFor(file))),
    status: own.status,
    ai_error: own.isError ? 1 : 0,
    error_message: own.errorMessage,
    end_reason: own.endReason,
    input_tokens: own.inputTokens,
    output_tokens: own.outputTokens,
    cost_nanos: own.costNanos,
    rating: isPerson ? null : own.rating,
    updated_at: own.updatedAt ?? at,
  }
}

/** Messages of people and models with text, each after what it follows; those between are left out, rings cut open. */
function parentsFirst(messages: readonly ImportedMessage[]): ImportedMessage[] {
  const byId = new Map(messages.filter(({ id }) => id !== '').map((message) => [message.id, message]))
  // A reply that failed before its first word is part of our own.
  const isKept = ({ role, content, own }: ImportedMessage) =>
    role !== 'other' && (own !== undefined || content.trim() !== '')
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
  for (const message of kept) {
    const siblings = children.get(message.parentId)
    if (siblings === undefined) children.set(message.parentId, [message])
    else siblings.push(message)
  }
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
