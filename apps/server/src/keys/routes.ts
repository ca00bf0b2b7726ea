import { dollars, fieldFaults, invalidField, notFound, ParleyError } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { pageQuery } from '../http/page-query.ts'
import { pageOf } from '../http/presenter.ts'
import { Page } from '../http/route.ts'
import { changesBounds } from './bounds.ts'
import type { KeyAdmin } from './create-keys.ts'
import type { KeyDetails } from './key-repository.ts'
import {
  createdKeySchema,
  createOwnKeySchema,
  keyParams,
  keySchema,
  listedKeySchema,
  presentKey,
  readKeyFields,
  updateOwnKeySchema,
} from './schema.ts'

const config = { access: 'user' } as const
const tags = ['api-keys']
const one = { 200: keySchema }

export interface OwnKeysOptions {
  /** What was charged for the calls of each of these keys since the month began, in nano-dollars. */
  readonly monthCharges: (keyIds: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** How many keys a person may have. */
  readonly maxKeys?: number
}

/** `/user/api-keys`: the keys that people make for their own tools. What they use counts as theirs. */
export function ownKeysRoutes(keys: KeyAdmin, options: OwnKeysOptions) {
  return (app: ApiInstance): void => {
    listRoutes(app, keys, options)
    oneKeyRoutes(app, keys)
  }
}

function listRoutes(app: ApiInstance, keys: KeyAdmin, { monthCharges, maxKeys = 50 }: OwnKeysOptions): void {
  app.get(
    '/user/api-keys',
    {
      config,
      schema: {
        tags,
        summary: 'My API keys, newest first',
        querystring: pageQuery(),
        response: { 200: pageOf(listedKeySchema) },
      },
    },
    async (request) => {
      const { page, limit } = request.query
      const { items, total } = await keys.list({ userId: principalOf(request).userId, page, limit })
      const charges = await monthCharges(items.map(({ id }) => id))
      const listed = items.map((key) => ({ ...presentKey(key), month_cost_usd: dollars(charges.get(key.id) ?? 0) }))
      return new Page(listed, { page, limit, total })
    },
  )

  app.post(
    '/user/api-keys',
    {
      config,
      schema: {
        tags,
        summary: 'Make an API key of my own',
        description: 'The reply has the key itself: it is shown this once.',
        body: createOwnKeySchema,
        response: { 201: createdKeySchema },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      if ((await keys.list({ userId, page: 1, limit: 1 })).total >= maxKeys)
        throw invalidField('name', fieldFaults.tooManyKeys, { most: maxKeys })
      const fields = { ...readKeyFields(request.body), name: request.body.name, userId }
      const { details, secret } = await keys.create(fields)
      return reply.code(201).send({ ...presentKey(details), key: secret })
    },
  )
}

function oneKeyRoutes(app: ApiInstance, keys: KeyAdmin): void {
  app.get(
    '/user/api-keys/:id',
    { config, schema: { tags, summary: 'One of my API keys', params: keyParams, response: one } },
    async (request) => presentKey(await ownKey(keys, request.params.id, principalOf(request).userId)),
  )

  app.patch(
    '/user/api-keys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change an API key of mine',
        description:
          'Only what is sent changes; null clears. It holds at once. Of a key that an administrator manages (`managed_by`) only name, tags and notes can be changed; else 403.',
        params: keyParams,
        body: updateOwnKeySchema,
        response: one,
      },
    },
    async (request) => {
      const key = await ownKey(keys, request.params.id, principalOf(request).userId)
      const fields = readKeyFields(request.body)
      if (key.managedBy === 'admin' && changesBounds(key, fields)) throw new ParleyError('key_managed')
      return presentKey(await keys.update(key.id, fields))
    },
  )

  app.delete(
    '/user/api-keys/:id',
    {
      config,
      schema: { tags, summary: 'Remove an API key of mine', params: keyParams, response: { 200: z.null() } },
    },
    async (request) => {
      const { id } = await ownKey(keys, request.params.id, principalOf(request).userId)
      await keys.remove(id)
      return null
    },
  )
}

/** Unknown or removed: 404. Somebody else's: 403. */
async function ownKey(keys: KeyAdmin, id: string, userId: string): Promise<KeyDetails> {
  const key = await keys.get(id)
  if (key.userId !== userId) throw new ParleyError('forbidden')
  if (key.deletedAt !== null) throw notFound('apiKey')
  return key
}
