import { fieldFaults, invalidField } from '@parley/contract'
import type { Catalog } from '../catalog/catalog.ts'

/** A model that a person chooses, if they do, and the field in which they said it: a refusal names that. */
export interface ModelChoice {
  readonly modelId?: string | null | undefined
  readonly modelField?: string | undefined
}

/** What three documents call the model. */
const modelFields = ['modelId', 'model_id', 'model'] as const

/** The choice that a body has, under any of the names. */
export function chosenModel<Id extends string | null>(
  body: { readonly [field in (typeof modelFields)[number]]?: Id | undefined },
): { readonly modelId?: Id | undefined; readonly modelField?: string } {
  const modelField = modelFields.find((field) => body[field] !== undefined)
  return modelField === undefined ? {} : { modelId: body[modelField], modelField }
}

/** A model that a person chooses must be in the catalogue, switched on, and everybody's or their own. */
export function assertUsableModel(catalog: Catalog, userId: string, choice: ModelChoice): void {
  const { modelId, modelField = 'modelId' } = choice
  if (typeof modelId !== 'string' || isUsableModel(catalog, userId, modelId)) return
  throw invalidField(modelField, fieldFaults.unknownModel, { model: modelId })
}

/** The accounts that a person's call is to use: for a model of their own, the one that they have configured. */
export function accountsFor(catalog: Catalog, userId: string, modelId: string): readonly string[] | null {
  const own = catalog.tryModel(modelId)?.own
  return own?.userId === userId ? [own.accountId] : null
}

export function isUsableModel(catalog: Catalog, userId: string, modelId: string): boolean {
  const model = catalog.tryModel(modelId)
  return model?.isActive === true && (model.own === undefined || model.own.userId === userId)
}

/** The model of conversations that name none. */
export type DefaultModelFor = (userId: string) => Promise<string>

/** A person's own choice, as long as they can use it; else everybody's; where their group has not that one, its first. */
export function createDefaultModels(options: {
  readonly catalog: Catalog
  readonly config: { readonly defaultModel: string }
  readonly chosenBy: ((userId: string) => Promise<string | null>) | undefined
  /** Whether their group lets them use it. */
  readonly isAllowed: (userId: string, modelId: string) => boolean
}): DefaultModelFor {
  const { catalog, config, chosenBy, isAllowed } = options
  const mayUse = (userId: string, modelId: string) =>
    isUsableModel(catalog, userId, modelId) &&
    (catalog.tryModel(modelId)?.own !== undefined || isAllowed(userId, modelId))
  return async (userId) => {
    const chosen = (await chosenBy?.(userId)) ?? null
    if (chosen !== null && mayUse(userId, chosen)) return chosen
    const { defaultModel } = config
    if (isAllowed(userId, defaultModel)) return defaultModel
    return catalog.listModels().find(({ id }) => isAllowed(userId, id))?.id ?? defaultModel
  }
}
