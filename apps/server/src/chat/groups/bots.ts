import { notFound, ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Store } from '../../store/store.ts'
import type { Parameters } from '../conversations/parameters.ts'
import { assertUsableModel, type ModelChoice } from '../models.ts'
import * as repository from './repository.ts'
import type { Bot } from './schema.ts'

export interface Bots {
  list(userId: string): Promise<Bot[]>
  create(userId: string, values: BotValues & { readonly name: string }): Promise<Bot>
  update(userId: string, id: string, values: BotValues): Promise<Bot>
  /** It leaves its groups; what it said there stays. */
  remove(userId: string, id: string): Promise<void>
}

export interface BotValues extends ModelChoice {
  readonly name?: string | undefined
  readonly personality?: string | undefined
  readonly description?: string | undefined
  readonly responseTendency?: string | undefined
  readonly parameters?: Parameters | undefined
  readonly color?: string | null | undefined
}

export interface BotsOptions {
  readonly store: Store
  readonly catalog: Catalog
  readonly clock: () => number
}

export function createBots({ store, catalog, clock }: BotsOptions): Bots {
  async function own(userId: string, id: string): Promise<repository.BotRow> {
    const bot = await repository.tryBot(id, store.database)
    if (bot === undefined) throw notFound('bot')
    if (bot.user_id !== userId) throw new ParleyError('forbidden')
    return bot
  }

  return {
    async list(userId) {
      return (await repository.botsFor(userId, store.database)).map(presentBot)
    },
    async create(userId, values) {
      assertUsableModel(catalog, userId, values)
      const now = clock()
      const row: repository.BotRow = {
        id: uuid(),
        user_id: userId,
        name: values.name,
        personality: values.personality ?? '',
        description: values.description ?? '',
        response_tendency: values.responseTendency ?? '',
        model_id: values.modelId ?? null,
        parameters_json: JSON.stringify(values.parameters ?? {}),
        color: values.color ?? null,
        created_at: now,
        updated_at: now,
      }
      await repository.insertBot(row, store.database)
      return presentBot(row)
    },
    async update(userId, id, values) {
      assertUsableModel(catalog, userId, values)
      const bot = await own(userId, id)
      const changed: repository.BotRow = {
        ...bot,
        name: values.name ?? bot.name,
        personality: values.personality ?? bot.personality,
        description: values.description ?? bot.description,
        response_tendency: values.responseTendency ?? bot.response_tendency,
        model_id: values.modelId === undefined ? bot.model_id : values.modelId,
        parameters_json: values.parameters === undefined ? bot.parameters_json : JSON.stringify(values.parameters),
        color: values.color === undefined ? bot.color : values.color,
        updated_at: clock(),
      }
      const { id: _, user_id: __, created_at: ___, ...changes } = changed
      await repository.updateBot(id, changes, store.database)
      return presentBot(changed)
    },
    async remove(userId, id) {
      await own(userId, id)
      await repository.deleteBot(id, store.database)
    },
  }
}

export function presentBot(row: repository.BotRow): Bot {
  return {
    id: row.id,
    name: row.name,
    personality: row.personality,
    description: row.description,
    response_tendency: row.response_tendency,
    model_id: row.model_id,
    parameters: JSON.parse(row.parameters_json),
    color: row.color,
    is_preset: row.user_id === null,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  }
}
