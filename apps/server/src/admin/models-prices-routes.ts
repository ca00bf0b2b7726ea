import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { auditBy } from './audited.ts'
import type { ModelsRoutesParts } from './models-routes.ts'
import { presentPricedModel, pricedModelSchema, pricesSchema, readPrices } from './models-schema.ts'

const config = { access: 'admin' } as const
const tags = ['models']
const params = z.object({ model: z.string().max(200) })
const one = { 200: pricedModelSchema }

/** `/admin/prices`: what each model costs now, where that comes from, and what it was before. */
export function modelsPricesRoutes({ catalog, audit }: Pick<ModelsRoutesParts, 'catalog' | 'audit'>) {
  return (app: ApiInstance): void => {
    app.get(
      '/prices',
      { config, schema: { tags, summary: 'Prices of the catalog', response: { 200: z.array(pricedModelSchema) } } },
      () => catalog.listDetails().map(({ id }) => presentPricedModel(catalog, id)),
    )

    app.get(
      '/prices/:model',
      {
        config,
        schema: {
          tags,
          summary: 'What a model costs',
          description: 'Also for a name that only an upstream uses.',
          params,
          response: one,
        },
      },
      (request) => presentPricedModel(catalog, request.params.model),
    )

    app.put(
      '/prices/:model',
      {
        config,
        schema: {
          tags,
          summary: 'Set the price of a model',
          description:
            'A new version, which holds from the next call. Rows of the ledger keep the price they were billed with.',
          params,
          body: pricesSchema,
          response: one,
        },
      },
      async (request) => {
        const { model } = request.params
        await catalog.update(model, { price: readPrices(request.body, '') })
        await auditBy(request, audit, { action: 'model.price', targetId: model, detail: request.body })
        return presentPricedModel(catalog, model)
      },
    )

    app.delete(
      '/prices/:model',
      {
        config,
        schema: {
          tags,
          summary: 'Take the own price of a model away: the shipped table applies',
          params,
          response: one,
        },
      },
      async (request) => {
        const { model } = request.params
        await catalog.update(model, { price: null })
        await auditBy(request, audit, { action: 'model.price', targetId: model, detail: { prices: null } })
        return presentPricedModel(catalog, model)
      },
    )
  }
}
