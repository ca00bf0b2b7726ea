import { dollars } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { csvFile } from '../http/media.ts'
import { pageOf } from '../http/presenter.ts'
import { Page } from '../http/route.ts'
import { changesBounds } from '../keys/bounds.ts'
import type { KeyAdmin, NewKey } from '../keys/create-keys.ts'
import type { KeyDetails, KeyQuery } from '../keys/key-repository.ts'
import { keysAsCsv } from './api-keys-csv.ts'
import {
  createdKeySchema,
  createKeySchema,
  keyParams,
  keySchema,
  listedKeySchema,
  presentKey,
  readKeyFields,
  updateKeySchema,
} from '../keys/schema.ts'
import { createKeysSchema, exportKeysQuery, listKeysQuery } from './api-keys-schema.ts'
import type { Statistics } from '../ledger/statistics.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['api-keys']
const one = { 200: keySchema }
const exportBatch = 500

export interface ApiKeysRoutesParts {
  readonly keys: KeyAdmin
  readonly audit: Audit
  readonly statistics: Pick<Statistics, 'monthCosts'>
  readonly clock: () => number
}

/** `/admin/api-keys`: the keys that programs call the relay with. */
export function apiKeysRoutes(parts: ApiKeysRoutesParts) {
  return (app: ApiInstance): void => {
    creationRoutes(app, parts)
    readingRoutes(app, parts)
    changeRoutes(app, parts)
  }
}

function creationRoutes(app: ApiInstance, { keys, audit }: ApiKeysRoutesParts): void {
  app.post(
    '/api-keys',
    {
      config,
      schema: {
        tags,
        summary: 'Make an API key',
        description: 'The reply has the key itself: it is shown this once.',
        body: createKeySchema,
        response: { 201: createdKeySchema },
      },
    },
    async (request, reply) => {
      const { details, secret } = await keys.create(readNewKey(request.body))
      await auditBy(request, audit, { action: 'api_key.create', targetId: details.id, detail: request.body })
      return reply.code(201).send({ ...presentKey(details), key: secret })
    },
  )

  app.post(
    '/api-keys/bulk',
    {
      config,
      schema: {
        tags,
        summary: 'Make many API keys alike',
        description: 'Their names are numbered. All are made, or none.',
        body: createKeysSchema,
        response: { 201: z.array(createdKeySchema) },
      },
    },
    async (request, reply) => {
      const { count, ...body } = request.body
      const created = await keys.createMany(readNewKey(body), count)
      await auditBy(request, audit, { action: 'api_key.create', targetId: null, detail: request.body })
      return reply.code(201).send(created.map(({ details, secret }) => ({ ...presentKey(details), key: secret })))
    },
  )
}

function readingRoutes(app: ApiInstance, { keys, statistics, clock }: ApiKeysRoutesParts): void {
  app.get(
    '/api-keys',
    {
      config,
      schema: {
        tags,
        summary: 'API keys, newest first',
        querystring: listKeysQuery,
        response: { 200: pageOf(listedKeySchema) },
      },
    },
    async (request) => {
      const { page, limit } = request.query
      const { items, total } = await keys.list({ ...readFilter(request.query), page, limit })
      const costs = await statistics.monthCosts({ by: 'key', subjects: items.map(({ id }) => id), month: clock() })
      const listed = items.map((key) => ({
        ...presentKey(key),
        month_cost_usd: dollars(costs.get(key.id)?.costNanos ?? 0),
      }))
      return new Page(listed, { page, limit, total })
    },
  )

  app.get(
    '/api-keys/export.csv',
    {
      config: { ...config, produces: csvFile },
      schema: { tags, summary: 'API keys as CSV, without the keys themselves', querystring: exportKeysQuery },
    },
    async (request, reply) => {
      const all = await listAll(keys, readFilter(request.query))
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="api-keys.csv"')
        .send(keysAsCsv(all))
    },
  )

  app.get(
    '/api-keys/:id',
    { config, schema: { tags, summary: 'One API key', params: keyParams, response: one } },
    async (request) => presentKey(await keys.get(request.params.id)),
  )
}

function changeRoutes(app: ApiInstance, { keys, audit }: ApiKeysRoutesParts): void {
  app.patch(
    '/api-keys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change an API key',
        description:
          'Only what is sent changes; null clears. It holds at once, on every node. What changes what the key may do takes it out of its user’s hands (`managed_by`).',
        params: keyParams,
        body: updateKeySchema,
        response: one,
      },
    },
    async (request) => {
      const { id } = request.params
      const before = await keys.get(id)
      const fields = readKeyFields(request.body)
      const isBound = fields.managedBy === undefined && changesBounds(before, fields)
      const key = await keys.update(id, isBound ? { ...fields, managedBy: 'admin' } : fields)
      const action = 'api_key.update'
      await auditBy(request, audit, { action, targetId: id, detail: request.body, before: presentKey(before) })
      return presentKey(key)
    },
  )

  app.delete(
    '/api-keys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Remove an API key',
        description: 'It stops working at once. Its usage stays; it can be restored.',
        params: keyParams,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const { id } = request.params
      await keys.remove(id)
      await auditBy(request, audit, { action: 'api_key.delete', targetId: id })
      return null
    },
  )

  app.post(
    '/api-keys/:id/restore',
    { config, schema: { tags, summary: 'Bring a removed API key back', params: keyParams, response: one } },
    async (request) => {
      const key = await keys.restore(request.params.id)
      await auditBy(request, audit, { action: 'api_key.restore', targetId: key.id })
      return presentKey(key)
    },
  )
}

/** An administrator made it, so an administrator says what it may do. */
function readNewKey(body: z.output<typeof createKeySchema>): NewKey {
  return { managedBy: 'admin', ...readKeyFields(body), name: body.name }
}

type Filter = Omit<KeyQuery, 'page' | 'limit'>

function readFilter(query: z.output<typeof exportKeysQuery>): Filter {
  return { text: query.q, userId: query.user_id, tag: query.tag, state: query.state }
}

async function listAll(keys: KeyAdmin, filter: Filter): Promise<KeyDetails[]> {
  const all: KeyDetails[] = []
  for (let page = 1; ; page++) {
    const { items, total } = await keys.list({ ...filter, page, limit: exportBatch })
    all.push(...items)
    if (items.length < exportBatch || all.length >= total) return all
  }
}
