import { ParleyError } from '@parley/contract'
import type { Catalog } from '../catalog/catalog.ts'
import { texts } from './texts.ts'

/** A model that a person chooses must be in the catalogue, switched on, and everybody's or their own. */
export function assertUsableModel(catalog: Catalog, userId: string, modelId: string): void {
  const model = catalog.tryModel(modelId)
  if (model?.isActive && (model.own === undefined || model.own.userId === userId)) return
  const { en, zh } = texts.unknownModel
  const detail = {
    en: `modelId: ${en.replace('{model}', modelId)}`,
    zh: `modelId：${zh.replace('{model}', modelId)}`,
  }
  throw new ParleyError('invalid_input', { parameters: { detail }, details: { field: 'modelId' } })
}

/** The accounts that a person's call is to use: for a model of their own, the one that they have configured. */
export function accountsFor(catalog: Catalog, userId: string, modelId: string): readonly string[] | null {
  const own = catalog.tryModel(modelId)?.own
  return own?.userId === userId ? [own.accountId] : null
}
