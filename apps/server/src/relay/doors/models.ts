import { ParleyError } from '@parley/contract'
import { type WireName, wires } from '@parley/wires'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { CatalogModel } from '../../catalog/catalog.ts'
import { useErrorRenderer } from '../../http/errors.ts'
import type { ApiKey } from '../../keys/api-key.ts'
import { mayUse } from '../../upstreams/choose.ts'
import { mayUseModel } from '../admit.ts'
import { pinnedAccountIds } from '../pinned-accounts.ts'
import { toRelayError } from '../relay.ts'
import { authenticateKey } from './credentials.ts'
import { described } from './described.ts'
import type { DoorParts } from './wire-door.ts'

type ListedModel = Pick<CatalogModel, 'id' | 'name' | 'provider' | 'contextLimit' | 'createdAt'>

/**
 * The models that a key may use and some account serves. The same path is in three APIs, so the client's own headers say
 * which form it expects.
 */
export function modelsDoor(parts: DoorParts) {
  return async (app: FastifyInstance): Promise<void> => {
    useErrorRenderer(app, (error, request) =>
      JSON.stringify(wires[dialectOf(request)].writeError(toRelayError(error, request.language)).body),
    )
    const summary = 'Models this key may use, in the form of the client that asks'
    app.get('/v1beta/models', described('geminiModels', summary), async (request) =>
      list.gemini(usableModels(await authenticateKey(request, parts.keys), parts)),
    )
    app.get('/v1/models', described('models', summary), async (request) => {
      const models = usableModels(await authenticateKey(request, parts.keys), parts)
      return list[dialectOf(request)](models)
    })
    const find = async (request: FastifyRequest<{ Params: ModelPath }>): Promise<ListedModel> => {
      const { id: given, '*': path = '' } = request.params
      const id = (given ?? path).replace(/^models\//, '')
      const model = usableModels(await authenticateKey(request, parts.keys), parts).find((one) => one.id === id)
      if (!model) throw new ParleyError('model_not_found', { parameters: { model: id } })
      return model
    }
    const one = async (request: FastifyRequest<{ Params: ModelPath }>) =>
      single[dialectOf(request)](await find(request))
    for (const [path, form] of [
      ['/v1beta/models/', 'geminiModel'],
      ['/v1/models/', 'model'],
    ] as const) {
      app.get<{ Params: ModelPath }>(`${path}:id`, described(form, 'A model this key may use'), one)
      // Ids of some upstreams have slashes.
      app.get<{ Params: ModelPath }>(`${path}*`, { schema: { hide: true } }, one)
    }
  }
}

interface ModelPath {
  readonly id?: string
  readonly '*'?: string
}

function dialectOf(request: FastifyRequest): WireName {
  const { headers } = request
  if (request.url.includes('/v1beta/')) return 'gemini'
  if (headers['x-goog-api-key'] !== undefined || 'key' in (request.query as object)) return 'gemini'
  return headers['anthropic-version'] === undefined ? 'openai-chat' : 'anthropic'
}

function usableModels(key: ApiKey, parts: DoorParts): ListedModel[] {
  const { catalog, upstreams } = parts
  const ids = new Set([
    ...catalog.listModels().flatMap((model) => (model.isActive ? model.id : [])),
    ...upstreams.servedModels(),
  ])
  const accountIds = pinnedAccountIds(key, upstreams)
  return [...ids]
    .filter((id) => mayUseModel(key, id, parts))
    .filter((id) => upstreams.candidates(id).some(({ account }) => mayUse(account, accountIds)))
    .map((id) => catalog.tryModel(id) ?? { id, name: id, provider: 'upstream', contextLimit: null, createdAt: 0 })
}

const openaiModel = (model: ListedModel) => ({
  id: model.id,
  object: 'model',
  created: Math.floor(model.createdAt / 1000),
  owned_by: model.provider.toLowerCase(),
})

const anthropicModel = (model: ListedModel) => ({
  type: 'model',
  id: model.id,
  display_name: model.name,
  created_at: new Date(model.createdAt).toISOString(),
})

const geminiModel = (model: ListedModel) => ({
  name: `models/${model.id}`,
  displayName: model.name,
  ...(model.contextLimit === null ? {} : { inputTokenLimit: model.contextLimit }),
  supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
})

const single: Record<WireName, (model: ListedModel) => object> = {
  'openai-chat': openaiModel,
  'openai-responses': openaiModel,
  anthropic: anthropicModel,
  gemini: geminiModel,
}

const openaiList = (models: readonly ListedModel[]) => ({ object: 'list', data: models.map(openaiModel) })

const list: Record<WireName, (models: readonly ListedModel[]) => object> = {
  'openai-chat': openaiList,
  'openai-responses': openaiList,
  anthropic: (models) => ({
    data: models.map(anthropicModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
  gemini: (models) => ({ models: models.map(geminiModel) }),
}
