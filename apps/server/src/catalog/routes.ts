import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import type { Configurations, ConfiguredModel } from './configurations.ts'
import * as schema from './schema.ts'

export interface CatalogRoutesOptions {
  readonly configurations: Configurations
  /** Notes what an administrator did. */
  readonly audit: (request: FastifyRequest, done: AuditedChange) => Promise<void>
}

interface AuditedChange {
  readonly action: string
  readonly targetId: string
  readonly detail?: object
  readonly before?: object
}

/** `/models`: what people can choose from, and their own. */
export function catalogRoutes(options: CatalogRoutesOptions) {
  return (app: ApiInstance): void => {
    addCollection(app, options)
    addItem(app, options)
  }
}

const tags = ['models']
/** Each is a connection to somewhere else. */
const testLimit = { name: 'model-test', max: 20, windowMs: 60_000, by: 'user' } as const

function addCollection(app: ApiInstance, { configurations, audit }: CatalogRoutesOptions): void {
  app.get(
    '/models',
    {
      schema: { tags, summary: 'Models to choose from, your own last', response: { 200: z.array(schema.modelSchema) } },
    },
    (request) => configurations.list(principalOf(request)).map(presentModel),
  )
  app.post(
    '/models',
    {
      schema: {
        tags,
        summary: 'Configure a model for yourself',
        description: 'The key is kept encrypted and never given back. The address may not be a private one.',
        body: schema.newModelSchema,
        response: { 201: schema.modelSchema },
      },
    },
    async (request, reply) => {
      void reply.code(201)
      return presentModel(await configurations.createOwn(principalOf(request), request.body))
    },
  )
  app.post(
    '/models/system',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'Configure a model for everybody',
        body: schema.newModelSchema,
        response: { 201: schema.modelSchema },
      },
    },
    async (request, reply) => {
      void reply.code(201)
      const model = await configurations.createSystem(principalOf(request), request.body)
      await audit(request, { action: 'model.create', targetId: model.id, detail: request.body })
      return presentModel(model)
    },
  )
}

function addItem(app: ApiInstance, { configurations, audit }: CatalogRoutesOptions): void {
  const params = schema.modelParams
  app.get(
    '/models/:id',
    { schema: { tags, summary: 'One model', params, response: { 200: schema.modelSchema } } },
    (request) => presentModel(configurations.get(principalOf(request), request.params.id)),
  )
  app.put(
    '/models/:id',
    {
      schema: {
        tags,
        summary: 'Change a model of your own; an administrator: one of everybody’s',
        description: 'Only what is sent changes. Without `apiKey` the key stays.',
        params,
        body: schema.changeModelSchema,
        response: { 200: schema.modelSchema },
      },
    },
    async (request) => {
      const before = configurations.get(principalOf(request), request.params.id)
      const model = await configurations.update(principalOf(request), request.params.id, request.body)
      const change = { targetId: model.id, detail: request.body, before: presentModel(before) }
      if (model.own === undefined) await audit(request, { action: 'model.update', ...change })
      return presentModel(model)
    },
  )
  app.delete(
    '/models/:id',
    { schema: { tags, summary: 'Remove a model of your own', params, response: { 200: z.null() } } },
    async (request) => {
      const { own } = configurations.get(principalOf(request), request.params.id)
      await configurations.remove(principalOf(request), request.params.id)
      if (own === undefined) await audit(request, { action: 'model.delete', targetId: request.params.id })
      return null
    },
  )
  app.post(
    '/models/:id/test',
    {
      config: { limit: testLimit },
      schema: {
        tags,
        summary: 'Ask a model of your own for a few words',
        params,
        response: { 200: schema.modelTestSchema },
      },
    },
    async (request) => {
      const { ok, status, latencyMs, error } = await configurations.test(principalOf(request), request.params.id)
      return { ok, status, latency_ms: latencyMs, error }
    },
  )
}

function presentModel(model: ConfiguredModel): z.output<typeof schema.modelSchema> {
  return {
    id: model.id,
    name: model.name,
    provider: model.provider,
    context_limit: model.contextLimit,
    contextLimit: model.contextLimit,
    inputs: [...model.inputs],
    features: [...model.features],
    has_own_abilities: model.ownInputs !== null || model.ownFeatures !== null,
    pricing_per_1k_tokens: model.pricingPer1k,
    is_active: model.isActive ? 1 : 0,
    modelId: model.modelId,
    apiUrl: model.apiUrl,
    apiKeyHint: model.keyHint,
    isSystem: model.own === undefined,
    sortOrder: model.sortOrder,
    createdAt: new Date(model.createdAt).toISOString(),
    updatedAt: new Date(model.updatedAt).toISOString(),
  }
}
