import type { JsonObject } from '@parley/wires'
import type { FakeError } from '../behaviour.ts'

const errorTypes: { readonly [status: number]: readonly [type: string, code: string | null] } = {
  401: ['invalid_request_error', 'invalid_api_key'],
  402: ['insufficient_quota', 'insufficient_quota'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
}

/** The `error` object that OpenAI's endpoints share. */
export function openaiError(error: FakeError): JsonObject {
  const [type, code] = errorTypes[error.status] ?? [error.status < 500 ? 'invalid_request_error' : 'server_error', null]
  return {
    message: error.message ?? `fake upstream error ${error.status}`,
    type: error.type ?? type,
    param: null,
    code: error.code ?? code,
  }
}
