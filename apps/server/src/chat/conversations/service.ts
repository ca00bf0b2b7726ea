import { formatMessage, type Language } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import { Page } from '../../http/route.ts'
import type { Connection, Store } from '../../store/store.ts'
import { lockOwnConversation, ownConversation } from '../access.ts'
import type { Feed } from '../feed/feed.ts'
import { assertUsableModel, type DefaultModelFor, type ModelChoice } from '../models.ts'
import { texts } from '../texts.ts'
import type { Parameters } from './parameters.ts'
import { pinColumns } from './pins.ts'
import { presentConversation } from './present.ts'
import { createRemoval, type Removal } from './removal.ts'
import * as repository from './repository.ts'
import type { Conversation } from './schema.ts'

export interface Conversations extends Removal {
  create(userId: string, values: NewConversation, language: Language): Promise<Conversation>
  list(userId: string, options: ListOptions): Promise<Page<Conversation>>
  get(userId: string, id: string): Promise<Conversation>
  /** `version`, here as below: change it only if it is still the one that the caller has seen. */
  update(userId: string, id: string, changes: ConversationChanges, version?: number): Promise<Conversation>
  setTags(userId: string, id: string, tags: readonly string[], version?: number): Promise<Conversation>
  listTags(userId: string): Promise<string[]>
  listFolders(userId: string): Promise<{ name: string; conversations: number }[]>
}

export interface ConversationChanges extends ModelChoice {
  readonly title?: string | undefined
  readonly modelId?: string | undefined
  readonly systemPrompt?: string | null | undefined
  readonly parameters?: Parameters | undefined
  readonly folder?: string | null | undefined
  readonly isPinned?: boolean | undefined
  readonly isArchived?: boolean | undefined
}
export type NewConversation = Omit<ConversationChanges, 'isPinned' | 'isArchived'> & {
  readonly isTemporary?: boolean | undefined
}

export interface ListOptions {
  readonly page: number
  readonly limit: number
  readonly tag?: string | undefined
  readonly q?: string | undefined
  readonly folder?: string | undefined
  /** Those that were put away, instead of the others. */
  readonly archived?: boolean | undefined
}

export interface ConversationsOptions {
  readonly store: Store
  readonly catalog: Catalog
  readonly feed: Feed
  readonly defaultModelFor: DefaultModelFor
  readonly clock: () => number
  readonly stopRunsOf: (conversationId: string) => Promise<void>
}

export function createConversations(options: ConversationsOptions): Conversations {
  const { store, catalog, feed, clock } = options

  async function present(row: repository.ConversationRow): Promise<Conversation> {
    const tags = await repository.tagsOf([row.id], store.database)
    return presentConversation(row, tags.get(row.id) ?? [])
  }

  async function get(userId: string, id: string): Promise<Conversation> {
    return await present(await ownConversation(id, userId, store.database))
  }

  /** Changes it while nobody else can, and gives it as it is then. */
  async function change(
    { userId, id, version }: { userId: string; id: string; version?: number | undefined },
    work: (connection: Connection, row: repository.ConversationRow) => Promise<void>,
  ): Promise<Conversation> {
    await store.transaction(async (transaction) => {
      await work(transaction, await lockOwnConversation({ id, userId, version }, store.kind, transaction))
    })
    feed.tell(userId, { type: 'conversation', id, change: 'updated' })
    return await get(userId, id)
  }

  return {
    get,
    async create(userId, values, language) {
      assertUsableModel(catalog, userId, values)
      const row = newRow(
        userId,
        { ...values, modelId: values.modelId ?? (await options.defaultModelFor(userId)) },
        { language, now: clock() },
      )
      await store.transaction((transaction) => repository.insertConversation(row, transaction))
      feed.tell(userId, { type: 'conversation', id: row.id, change: 'created' })
      return presentConversation(row, [])
    },
    async list(userId, { page, limit, tag, folder, q, archived = false }) {
      const filter = { userId, kind: 'personal' as const, isArchived: archived, tag, folder, text: q }
      const connection = q === undefined ? store.database : store.reports
      const [rows, total] = await Promise.all([
        repository.listConversations({ ...filter, limit, offset: (page - 1) * limit }, connection),
        repository.countConversations(filter, connection),
      ])
      const ids = rows.map((row) => row.id)
      const tags = await repository.tagsOf(ids, store.database)
      const items = rows.map((row) => presentConversation(row, tags.get(row.id) ?? []))
      return new Page(items, { page, limit, total })
    },
    async update(userId, id, changes, version) {
      assertUsableModel(catalog, userId, changes)
      return await change({ userId, id, version }, async (transaction, row) => {
        const { isPinned, isArchived: _, folder: __, ...content } = changes
        // To pin, put away or file is to sort, not to say something: it does not make a conversation newer.
        const isContent = Object.values(content).some((value) => value !== undefined)
        const time = isContent ? { updated_at: clock() } : {}
        const columns = { ...columnsOf(changes), ...(await pinColumns(isPinned, row, transaction)), ...time }
        await repository.updateConversation(id, columns, transaction)
      })
    },
    async setTags(userId, id, tags, version) {
      return await change({ userId, id, version }, async (transaction) => {
        await repository.replaceTags(id, [...new Set(tags)], transaction)
        await repository.updateConversation(id, { updated_at: clock() }, transaction)
      })
    },
    listTags: async (userId) => await repository.tagsOfUser(userId, store.database),
    listFolders: async (userId) => await repository.foldersOfUser(userId, store.database),
    ...createRemoval(options),
  }
}

function newRow(
  userId: string,
  values: NewConversation & { readonly modelId: string },
  { language, now }: { language: Language; now: number },
): repository.ConversationRow {
  const { title = '' } = values
  return {
    id: uuid(),
    user_id: userId,
    title: title === '' ? formatMessage(texts.defaultTitle, language) : title,
    title_source: title === '' ? 'default' : 'typed',
    model_id: values.modelId,
    system_prompt: values.systemPrompt ?? null,
    parameters_json: JSON.stringify(values.parameters ?? {}),
    active_leaf_id: null,
    kind: 'personal',
    reply_mode: 'all',
    moderator_id: null,
    bot_turns: 0,
    pin_rank: 0,
    is_archived: 0,
    folder: values.folder ?? null,
    is_temporary: values.isTemporary === true ? 1 : 0,
    changed_at: now,
    version: 1,
    created_at: now,
    updated_at: now,
  }
}

function columnsOf(changes: ConversationChanges): repository.ConversationChanges {
  const { title, modelId, systemPrompt, parameters, folder, isArchived } = changes
  return {
    ...(title === undefined ? {} : { title, title_source: 'typed' }),
    ...(modelId === undefined ? {} : { model_id: modelId }),
    ...(systemPrompt === undefined ? {} : { system_prompt: systemPrompt }),
    ...(parameters === undefined ? {} : { parameters_json: JSON.stringify(parameters) }),
    ...(folder === undefined ? {} : { folder }),
    ...(isArchived === undefined ? {} : { is_archived: isArchived ? 1 : 0 }),
  }
}
