import { ParleyError } from '@parley/contract'
import type { Catalog } from '../catalog/catalog.ts'
import { texts } from './texts.ts'

/** A model that a person chooses must be in the catalogue and switched on. */
export function assertUsableModel(catalog: Catalog, modelId: string): void {
  if (catalog.tryModel(modelId)?.isActive) return
  const { en, zh } = texts.unknownModel
  const detail = {
    en: `modelId: ${en.replace('{model}', modelId)}`,
    zh: `modelId：${zh.replace('{model}', modelId)}`,
  }
  throw new ParleyError('invalid_input', { parameters: { detail }, details: { field: 'modelId' } })
}
