/**
 * Errors at the edge. Whatever was thrown becomes a ParleyError here, once, and each door renders it in its own dialect:
 * a door is a Fastify scope that called `useErrorExit` with its renderer.
 *
 * Guarantees: the body of a 5xx says nothing of the inside, its cause is in the log with the request's id; a caller that
 * went away is no fault (499): the line about the request says it.
 */
import { ParleyError, type ReachedLimit } from '@parley/contract'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { rateLimitHeaders } from './rate-limit.ts'
import { InvalidInput } from './validation.ts'

/** The body of an error in a door's dialect, as text that goes out as it is. */
export type RenderError = (error: ParleyError, request: FastifyRequest, reply: FastifyReply) => string

/** Gives a scope its error exit, for thrown errors and for paths that do not exist below the scope's prefix. */
export function useErrorExit(app: FastifyInstance, render: RenderError): void {
  useErrorRenderer(app, render)
  app.setNotFoundHandler(async (request) => {
    throw new ParleyError('route_not_found', { parameters: { method: request.method, path: pathOf(request) } })
  })
}

/** The same for a scope that shares its prefix with others, so that unknown paths are not its own. */
export function useErrorRenderer(app: FastifyInstance, render: RenderError): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toParleyError(thrown, request)
    logError(error, request)
    request.errorCode = error.code
    if (error.retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000))
    if (error.limit !== undefined) useLimitHeaders(reply, error.limit)
    return reply
      .code(error.status)
      .type('application/json; charset=utf-8')
      .send(render(error, request, reply))
  })
}

/** Those of the limit that refused, in place of any that let the request pass. */
export function useLimitHeaders(reply: FastifyReply, limit: ReachedLimit): void {
  if (limit.resetMs === undefined) reply.removeHeader('ratelimit-reset')
  void reply.headers(rateLimitHeaders(limit))
}

/** `{success:false, …}`, what `/api` and everything without a dialect of its own answers. */
export const renderEnvelopeError: RenderError = (error, request) =>
  JSON.stringify({
    success: false,
    error: error.text(request.language),
    code: error.code,
    data: null,
    request_id: request.id,
    details: error.details,
  })

/** `{error}`, for the front ends that were written for it. */
export const renderBareError: RenderError = (error, request) => JSON.stringify({ error: error.text(request.language) })

export function toParleyError(thrown: unknown, request: FastifyRequest): ParleyError {
  if (thrown instanceof ParleyError) return thrown
  if (thrown instanceof InvalidInput) return thrown.toParleyError(request.language)
  if (isCallerGone(request)) return new ParleyError('client_gone', { cause: thrown })
  return (isFastifyError(thrown) && tryKnownError(thrown, request)) || new ParleyError('internal', { cause: thrown })
}

/** A body that a handler has stopped reading looks destroyed too, with an AbortError of Node's own. */
function isCallerGone({ raw }: FastifyRequest): boolean {
  return raw.errored ? raw.errored.name !== 'AbortError' : raw.destroyed && !raw.complete
}

function tryKnownError(error: FastifyError, request: FastifyRequest): ParleyError | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ParleyError('too_large', { parameters: { limit: request.routeOptions.bodyLimit ?? 0 }, cause: error })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ParleyError('unsupported_media_type', { cause: error })
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ParleyError('invalid_json', { parameters: { detail: error.message }, cause: error })
    case 'FST_ERR_BAD_URL':
      return new ParleyError('route_not_found', {
        parameters: { method: request.method, path: pathOf(request) },
        cause: error,
      })
    default:
      return error.statusCode === 400 && error instanceof SyntaxError
        ? new ParleyError('invalid_json', { parameters: { detail: error.message }, cause: error })
        : undefined
  }
}

function logError(error: ParleyError, request: FastifyRequest): void {
  if (error.status < 500) return
  const fields = { request_id: request.id, code: error.code, method: request.method, path: pathOf(request) }
  request.log.error({ ...fields, err: error.cause ?? error }, error.message)
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && ('code' in thrown || 'statusCode' in thrown)
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that was answered, for the access line. */
    errorCode: string | null
  }
}
