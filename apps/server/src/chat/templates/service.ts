import { notFound, ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Store } from '../../store/store.ts'
import * as repository from './repository.ts'
import type { Template } from './schema.ts'

/** Prompts that are kept to be used again: one's own, and those that others share. */
export interface Templates {
  list(userId: string): Promise<Template[]>
  get(userId: string, id: string): Promise<Template>
  create(userId: string, values: TemplateValues): Promise<Template>
  update(
    userId: string,
    id: string,
    values: { [name in keyof TemplateValues]?: TemplateValues[name] | undefined },
  ): Promise<Template>
  remove(userId: string, id: string): Promise<void>
}

export interface TemplateValues {
  readonly name: string
  readonly content: string
  readonly isShared: boolean
}

export function createTemplates({ store, clock }: { store: Store; clock: () => number }): Templates {
  async function readable(userId: string, id: string): Promise<repository.TemplateRow> {
    const row = await repository.tryTemplate(id, store.database)
    if (row === undefined) throw notFound('template')
    if (row.user_id !== userId && row.is_shared === 0) throw new ParleyError('forbidden')
    return row
  }

  async function own(userId: string, id: string): Promise<repository.TemplateRow> {
    const row = await readable(userId, id)
    if (row.user_id !== userId) throw new ParleyError('forbidden')
    return row
  }

  return {
    async list(userId) {
      return (await repository.templatesFor(userId, store.database)).map((row) => present(row, userId))
    },
    async get(userId, id) {
      return present(await readable(userId, id), userId)
    },
    async create(userId, { name, content, isShared }) {
      const now = clock()
      const row: repository.TemplateRow = {
        id: uuid(),
        user_id: userId,
        name,
        content,
        is_shared: isShared ? 1 : 0,
        created_at: now,
        updated_at: now,
      }
      await repository.insertTemplate(row, store.database)
      return present(row, userId)
    },
    async update(userId, id, { name, content, isShared }) {
      const row = await own(userId, id)
      const changes = {
        name: name ?? row.name,
        content: content ?? row.content,
        is_shared: isShared === undefined ? row.is_shared : isShared ? (1 as const) : (0 as const),
        updated_at: clock(),
      }
      await repository.updateTemplate(id, changes, store.database)
      return present({ ...row, ...changes }, userId)
    },
    async remove(userId, id) {
      await own(userId, id)
      await repository.deleteTemplate(id, store.database)
    },
  }
}

function present(row: repository.TemplateRow, userId: string): Template {
  return {
    id: row.id,
    name: row.name,
    content: row.content,
    variables: variablesOf(row.content),
    is_shared: row.is_shared === 1,
    is_own: row.user_id === userId,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  }
}

function variablesOf(content: string): string[] {
  const names = content.matchAll(/\{\{\s*([^{}\s](?:[^{}]{0,98}[^{}\s])?)\s*\}\}/g)
  return [...new Set(Array.from(names, ([, name]) => name ?? ''))]
}
