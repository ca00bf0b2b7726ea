import { fieldFaults, invalidField, notFound } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import { Page } from '../../http/route.ts'
import type { Store } from '../../store/store.ts'
import type { ReplyMode } from '../../store/tables.ts'
import { ownConversation } from '../access.ts'
import {
  type ConversationRow,
  countConversations,
  insertConversation,
  listConversations,
} from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { assertUsableModel, type DefaultModelFor, type ModelChoice } from '../models.ts'
import { presentBot } from './bots.ts'
import * as repository from './repository.ts'
import type { Group } from './schema.ts'

/** A group is a conversation in which bots answer. */
export interface Groups {
  create(userId: string, values: NewGroup): Promise<Group>
  list(userId: string, page: { page: number; limit: number }): Promise<Page<Group>>
  get(userId: string, id: string): Promise<Group>
}

export interface NewGroup extends ModelChoice {
  readonly name: string
  readonly botIds: readonly string[]
  /** Where its caller has named them; `botIds` unless given. */
  readonly botField?: string
  readonly replyMode: ReplyMode
  /** Of a moderated group; undefined: the first bot. */
  readonly moderatorId?: string | undefined
  readonly botTurns?: number | undefined
}

export interface GroupsOptions {
  readonly store: Store
  readonly catalog: Catalog
  readonly feed: Feed
  readonly defaultModelFor: DefaultModelFor
  readonly clock: () => number
}

export function createGroups({ store, catalog, feed, defaultModelFor, clock }: GroupsOptions): Groups {
  async function present(rows: readonly ConversationRow[]): Promise<Group[]> {
    const ids = rows.map((row) => row.id)
    const bots = await repository.botsIn(ids, store.database)
    return rows.map((row) => presentGroup(row, bots.get(row.id) ?? []))
  }

  return {
    async create(userId, values) {
      const { name, botIds, botField = 'botIds', modelId, replyMode } = values
      assertUsableModel(catalog, userId, values)
      const known = new Map((await repository.botsFor(userId, store.database)).map((bot) => [bot.id, bot]))
      const chosen = [...new Set(botIds)].map((id) => known.get(id) ?? id)
      const unknown = chosen.find((bot) => typeof bot === 'string')
      if (unknown !== undefined) throw invalidField(botField, fieldFaults.unknownBot, { bot: unknown })
      const now = clock()
      const row: ConversationRow = {
        id: uuid(),
        user_id: userId,
        title: name,
        title_source: 'typed',
        model_id: modelId ?? (await defaultModelFor(userId)),
        system_prompt: null,
        parameters_json: '{}',
        active_leaf_id: null,
        kind: 'group',
        reply_mode: replyMode,
        ...callingOf(values),
        pin_rank: 0,
        is_archived: 0,
        folder: null,
        is_temporary: 0,
        changed_at: now,
        version: 1,
        created_at: now,
        updated_at: now,
      }
      await store.transaction(async (transaction) => {
        await insertConversation(row, transaction)
        await repository.addBots(row.id, [...new Set(botIds)], transaction)
      })
      feed.tell(userId, { type: 'conversation', id: row.id, change: 'created' })
      const bots = await repository.botsIn([row.id], store.database)
      return presentGroup(row, bots.get(row.id) ?? [])
    },
    async list(userId, { page, limit }) {
      const filter = { userId, kind: 'group' as const, isArchived: false }
      const [rows, total] = await Promise.all([
        listConversations({ ...filter, limit, offset: (page - 1) * limit }, store.database),
        countConversations(filter, store.database),
      ])
      return new Page(await present(rows), { page, limit, total })
    },
    async get(userId, id) {
      const row = await ownConversation(id, userId, store.database)
      const [group] = row.kind === 'group' ? await present([row]) : []
      if (group === undefined) throw notFound('group')
      return group
    },
  }
}

/** Who calls whom. */
function callingOf({ botIds, replyMode, moderatorId = botIds[0], botTurns }: NewGroup) {
  const isModerated = replyMode === 'moderated'
  if (isModerated && (moderatorId === undefined || !botIds.includes(moderatorId)))
    throw invalidField('moderator_id', fieldFaults.notBotOfGroup)
  return {
    moderator_id: isModerated ? (moderatorId ?? null) : null,
    bot_turns: botTurns ?? (isModerated ? new Set(botIds).size - 1 : 0),
  }
}

function presentGroup(row: ConversationRow, bots: readonly repository.BotRow[]): Group {
  return {
    id: row.id,
    name: row.title,
    owner_id: row.user_id,
    bot_ids: bots.map((bot) => bot.id),
    bots: bots.map(presentBot),
    model_id: row.model_id,
    reply_mode: row.reply_mode,
    moderator_id: row.moderator_id,
    bot_turns: row.bot_turns,
    is_pinned: row.pin_rank > 0,
    pin_rank: row.pin_rank,
    version: row.version,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  }
}
