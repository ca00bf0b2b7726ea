/**
 * The API's own description, OpenAPI 3.1, made from the routes' schemas: what is served and what is described cannot
 * differ. Schemas speak of the data; the envelope is added here, by the presentation of the mount that the route is in.
 */
import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Media } from './media.ts'
import { type Presentation, presentedSchema } from './presenter.ts'

interface OpenApiDocument {
  readonly paths?: object
  readonly components?: { readonly schemas?: { readonly [name: string]: object } }
}

type TransformInput = Parameters<typeof jsonSchemaTransform>[0]

const description = `One server, two sides: a team's chat platform (\`/api\`) and a relay for tools and agents (\`/v1\`, \`/v1beta\`).

Every reply below \`/api\` and \`/admin\` is \`{"success":true,"data":…}\`, lists add \`pagination\`. The same routes below
\`/bare\` answer without the envelope. Errors have a stable \`code\`; send \`Accept-Language: zh\` for Chinese texts.`

const tags = [
  { name: 'auth', description: 'Signing in' },
  { name: 'user', description: 'The signed-in person' },
  { name: 'system', description: 'Health, metrics, settings' },
  { name: 'bare', description: 'The same routes without the envelope' },
]

const errorSchema = z
  .object({
    success: z.literal(false),
    error: z.string().describe('What happened and what to do, in the language of the reader'),
    code: z.string().describe('Stable, for programs'),
    data: z.null(),
    request_id: z.string(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'Error' })

const bareErrorSchema = z.object({ error: z.string() }).meta({ id: 'BareError' })

export async function useOpenApi(app: FastifyInstance, options: { version: string }): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Parley', version: options.version, description },
      tags,
      components: {
        securitySchemes: {
          session: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'A person: the token of sign-in',
          },
          apiKey: { type: 'http', scheme: 'bearer', description: 'A program: an API key, `cr_…`' },
        },
      },
    },
    transform: (input) => jsonSchemaTransform(describeRoute(input as TransformInput)),
    transformObject: (input) => withoutUnusedSchemas(jsonSchemaTransformObject(input)) as never,
  })

  let text: string | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(text)
  })
}

/** Every named schema comes in two forms, for input and for output, of which most are used in one. */
function withoutUnusedSchemas(document: OpenApiDocument): OpenApiDocument {
  const schemas: { readonly [name: string]: object } = document.components?.schemas ?? {}
  const used = new Map<string, object>()
  const queue: (object | undefined)[] = [document.paths]
  for (const part of queue) {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = schemas[name]
      if (schema === undefined || used.has(name)) continue
      used.set(name, schema)
      queue.push(schema)
    }
  }
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
}

/** Adds what a route says of itself, and what all routes of a mount have in common: the envelope, errors, who may call. */
function describeRoute(input: TransformInput): TransformInput {
  const config = (input as { route?: RouteOptions }).route?.config ?? {}
  const schema = (input.schema ?? {}) as Described
  const { presentation, access, produces, accepts } = config
  const refuses = config.refuses ?? (presentation && (presentation === 'bare' ? bareErrorSchema : errorSchema))
  const responses = {
    ...(produces === undefined ? presentedResponses(schema.response, presentation) : produced(produces)),
    ...(refuses && { default: refuses.describe('Error') }),
  }
  return {
    ...input,
    schema: {
      ...schema,
      ...(presentation === 'bare' && { tags: ['bare'] }),
      ...(presentation !== undefined && access !== 'public' && { security: [{ session: [] }] }),
      ...(accepts && { consumes: Object.keys(accepts), body: Object.values(accepts)[0] }),
      ...(Object.keys(responses).length > 0 && { response: responses }),
    },
  } as TransformInput
}

interface Described {
  response?: Responses
}

interface Responses {
  readonly [status: string]: unknown
}

function produced(produces: Media | 'redirect'): Responses {
  if (produces === 'redirect') return { 302: z.null().describe('Elsewhere: see Location') }
  const content = Object.fromEntries(Object.entries(produces).map(([type, schema]) => [type, { schema }]))
  return { 200: { description: 'What was asked for', content } }
}

function presentedResponses(responses: Responses | undefined, presentation: Presentation | undefined): Responses {
  if (presentation === undefined) return responses ?? {}
  return Object.fromEntries(
    Object.entries(responses ?? { 200: z.unknown() }).map(([status, schema]) => {
      const isData = schema instanceof z.ZodType && status.startsWith('2') && status !== '204'
      return [status, isData ? presentedSchema(schema, presentation) : schema]
    }),
  )
}
