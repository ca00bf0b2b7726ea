import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import type { CatalogAdmin, ModelDetails } from './create-catalog.ts'

const modelSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    context_limit: z.int().nullable(),
    pricing_per_1k_tokens: z.string().nullable(),
    is_active: z.literal(1),
  })
  .meta({ id: 'Model' })

/** `GET /models`: what people can choose from, by provider and id. */
export function catalogRoutes(catalog: CatalogAdmin) {
  return (app: ApiInstance): void => {
    app.get(
      '/models',
      {
        config: { access: 'user' },
        schema: { tags: ['models'], summary: 'Models to choose from', response: { 200: z.array(modelSchema) } },
      },
      () => catalog.listDetails().flatMap((model) => (model.isActive ? [presentModel(model)] : [])),
    )
  }
}

function presentModel(model: ModelDetails): z.output<typeof modelSchema> {
  return {
    id: model.id,
    name: model.name,
    provider: model.provider,
    context_limit: model.contextLimit,
    pricing_per_1k_tokens: model.pricingPer1k,
    is_active: 1,
  }
}
