/**
 * Mounts the features' routes. One route table, mounted twice: `/api` and `/admin` with the envelope, the same below
 * `/bare` without. No route is written twice, and none can tell which mount it is in.
 */
import { ParleyError } from '@parley/contract'
import { isTooDeep } from '@parley/wires'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { renderBareError, renderEnvelopeError, useErrorExit } from './errors.ts'
import { type GuardOptions, useGuard } from './guard.ts'
import { type Presentation, usePresentation } from './presenter.ts'
import { validatorCompiler } from './validation.ts'

/** What a feature registers its routes on: Fastify, with zod schemas giving the types of handlers. */
export type ApiInstance = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

export type Routes = (app: ApiInstance) => void | Promise<void>

export interface ApiOptions {
  readonly guard: GuardOptions
  /** Largest request body, bytes; a route may set its own. */
  readonly maxBodyBytes: number
  /** Below `/api`: what people use. */
  readonly api: readonly Routes[]
  /** Below `/admin`: what operators use. These say `access: 'admin'` like any other. */
  readonly admin: readonly Routes[]
}

/** Bodies of callers whom nobody knows yet: what signs somebody in is short, and reading more would be work for nothing. */
const strangersBytes = 16 * 1024

export async function mountApi(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const tables = { '/api': options.api, '/admin': options.admin }
  for (const [prefix, routes] of Object.entries(tables)) {
    await mount(app, { prefix, routes, presentation: 'envelope' }, options)
    await mount(app, { prefix: `/bare${prefix}`, routes, presentation: 'bare' }, options)
  }
}

interface Mount {
  readonly prefix: string
  readonly routes: readonly Routes[]
  readonly presentation: Presentation
}

async function mount(parent: FastifyInstance, { prefix, routes, presentation }: Mount, options: ApiOptions) {
  await parent.register(
    async (scope) => {
      const app = scope.withTypeProvider<ZodTypeProvider>()
      useErrorExit(scope, presentation === 'bare' ? renderBareError : renderEnvelopeError)
      scope.setValidatorCompiler(validatorCompiler)
      usePresentation(scope, presentation)
      useJsonBodies(scope, options.maxBodyBytes)
      scope.addHook('onRequest', (_request, reply, done) => {
        // Tokens and people's words have no place in a cache; what may be kept says so itself.
        void reply.header('cache-control', 'no-store')
        done()
      })
      useGuard(scope, options.guard)
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, presentation }
        route.bodyLimit ??= route.config.access === 'public' ? strangersBytes : options.maxBodyBytes
      })
      for (const register of routes) await register(app)
    },
    { prefix },
  )
}

/** JSON, and only JSON: a form cannot be posted here from a stranger's page. An empty body is no body. */
function useJsonBodies(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers()
  // Refuses keys that would reach into prototypes.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string', bodyLimit }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else
      void parseJson(request, withoutNul(body), (error, value) => {
        const fault = error ?? (isTooDeep(value) ? tooDeep : null)
        done(fault && invalidJson(body, fault), value)
      })
  })
}

/** It could be read, but not written again. */
const tooDeep = new Error('it is nested too deep')

/** NUL has no meaning in what people write, and PostgreSQL cannot store it. Before its escape stand pairs of backslashes, or none. */
function withoutNul(json: string): string {
  return json.includes(String.raw`\u0000`) ? json.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1') : json
}

function invalidJson(body: string, cause: Error): ParleyError {
  return new ParleyError('invalid_json', { parameters: { detail: faultOf(body) ?? cause.message }, cause })
}

function faultOf(body: string): string | undefined {
  try {
    JSON.parse(body)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    presentation?: Presentation
  }
}
