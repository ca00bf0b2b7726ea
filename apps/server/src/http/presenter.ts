/**
 * Two presentations of one route table. A handler returns data (an object or an array), a `Page`, or null when there is
 * nothing to say; the mount decides what goes on the wire:
 *
 *   envelope  {"success":true,"data":…}   lists add "pagination"
 *   bare      the data as it is; a page is its array; nothing is {"success":true}
 *
 * Response schemas describe the data alone. They are enforced here: what a schema does not name is not sent.
 */
import type { FastifyInstance, FastifySerializerCompiler } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { Page } from './route.ts'

export type Presentation = 'envelope' | 'bare'

const nothing = { success: true } as const
const itemSchemas = new WeakMap<z.ZodType, z.ZodType>()

/** The response schema of a route that returns `Page<…>`. */
export function pageOf<Item extends z.ZodType>(item: Item): z.ZodType<Page<z.output<Item>>> {
  const schema = z.custom<Page<z.output<Item>>>((value) => value instanceof Page)
  itemSchemas.set(schema, z.array(item))
  return schema
}

export const paginationSchema = z
  .object({ page: z.int().min(1), limit: z.int().min(1), total: z.int().min(0) })
  .meta({ id: 'Pagination' })

/** What a presentation makes of a response schema, for the API description. */
export function presentedSchema(schema: z.ZodType, presentation: Presentation): z.ZodType {
  const items = itemSchemas.get(schema)
  const success = z.literal(true)
  if (presentation === 'bare') return schema instanceof z.ZodNull ? z.object({ success }) : (items ?? schema)
  if (items === undefined) return z.object({ success, data: schema })
  return z.object({ success, data: items, pagination: paginationSchema })
}

/** Makes every reply of this scope come out in the presentation. */
export function usePresentation(app: FastifyInstance, presentation: Presentation): void {
  app.setSerializerCompiler(createSerializerCompiler(presentation))

  app.addHook('preSerialization', async (_request, _reply, payload) => new Presented(payload, presentation))
}

/** What a handler returned, on its way to the serializer; `toJSON` serves the routes without a response schema. */
class Presented {
  readonly payload: unknown
  readonly presentation: Presentation

  constructor(payload: unknown, presentation: Presentation) {
    this.payload = payload
    this.presentation = presentation
  }

  toJSON(): unknown {
    const { payload } = this
    if (this.presentation === 'bare') return payload instanceof Page ? payload.items : (payload ?? nothing)
    return payload instanceof Page
      ? { success: true, data: payload.items, pagination: payload.pagination }
      : { success: true, data: payload }
  }
}

function createSerializerCompiler(presentation: Presentation): FastifySerializerCompiler<z.ZodType> {
  return (route) => {
    const items = itemSchemas.get(route.schema)
    const serialize = serializerCompiler({ ...route, schema: items ?? route.schema })
    return ({ payload }: Presented) => {
      const page = payload instanceof Page ? payload : undefined
      const json = serialize(page ? page.items : payload)
      if (presentation === 'bare') return payload === null ? JSON.stringify(nothing) : json
      return page
        ? `{"success":true,"data":${json},"pagination":${JSON.stringify(page.pagination)}}`
        : `{"success":true,"data":${json}}`
    }
  }
}
