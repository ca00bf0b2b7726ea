import { z } from 'zod'
import type { Configurations } from '../catalog/configurations.ts'
import type { CatalogAdmin } from '../catalog/create-catalog.ts'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { auditBy } from './audited.ts'
import type { Audit } from './audit.ts'
import {
  createModelSchema,
  modelParams,
  modelSchema,
  presentModel,
  readModelFields,
  updateModelSchema,
} from './models-schema.ts'

const config = { access: 'admin' } as const
const tags = ['models']
const one = { 200: modelSchema }

export interface ModelsRoutesParts {
  readonly catalog: CatalogAdmin
  readonly configurations: Configurations
  readonly audit: Audit
}

/** `/admin/models`: what can be asked for, and what it costs. */
export function modelsRoutes(parts: ModelsRoutesParts) {
  const { catalog, configurations, audit } = parts
  return (app: ApiInstance): void => {
    app.get(
      '/models',
      { config, schema: { tags, summary: 'All models of the catalog', response: { 200: z.array(modelSchema) } } },
      () => catalog.listDetails().map(presentModel),
    )

    app.post(
      '/models',
      { config, schema: { tags, summary: 'Add a model', body: createModelSchema, response: { 201: modelSchema } } },
      async (request, reply) => {
        const { id, name, provider } = request.body
        const model = await catalog.create({ ...readModelFields(request.body), id, name, provider })
        await auditBy(request, audit, { action: 'model.create', targetId: id, detail: request.body })
        return reply.code(201).send(presentModel(model))
      },
    )

    app.get(
      '/models/:id',
      { config, schema: { tags, summary: 'One model', params: modelParams, response: one } },
      (request) => presentModel(catalog.getDetails(request.params.id)),
    )

    app.patch(
      '/models/:id',
      {
        config,
        schema: {
          tags,
          summary: 'Change a model',
          description:
            'Only what is sent changes; null clears. A new price is a new version and holds from the next call. Of a model that was configured with an address of its own, the provider says which API that speaks.',
          params: modelParams,
          body: updateModelSchema,
          response: one,
        },
      },
      async (request) => {
        const { id } = request.params
        const before = presentModel(catalog.getDetails(id))
        const model = await configurations.update(principalOf(request), id, readModelFields(request.body))
        await auditBy(request, audit, { action: 'model.update', targetId: id, detail: request.body, before })
        return presentModel(model)
      },
    )

    app.delete(
      '/models/:id',
      {
        config,
        schema: {
          tags,
          summary: 'Remove a model',
          description: 'With the account that was made for it, if it was configured with an address of its own.',
          params: modelParams,
          response: { 200: z.null() },
        },
      },
      async (request) => {
        const { id } = request.params
        await configurations.remove(principalOf(request), id)
        await auditBy(request, audit, { action: 'model.delete', targetId: id })
        return null
      },
    )
  }
}
