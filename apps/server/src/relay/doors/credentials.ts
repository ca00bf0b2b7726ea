import { ParleyError } from '@parley/contract'
import type { FastifyRequest } from 'fastify'
import type { ApiKey, Keys } from '../../keys/api-key.ts'

/** Where each family of clients puts its key; the first that is there counts. */
function tryPresentedKey(request: FastifyRequest): string | undefined {
  const { headers } = request
  const named = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key']
  if (typeof named === 'string' && named !== '') return named
  const { authorization } = headers
  if (authorization?.slice(0, 7).toLowerCase() === 'bearer ') return authorization.slice(7).trim()
  const { key } = request.query as { key?: unknown }
  return typeof key === 'string' && key !== '' ? key : undefined
}

/** The API key that makes the call. Throws key_missing, key_invalid, key_disabled, key_expired. */
export async function authenticateKey(request: FastifyRequest, keys: Keys): Promise<ApiKey> {
  const secret = tryPresentedKey(request)
  if (secret === undefined) throw new ParleyError('key_missing')
  const found = keys.find(secret)
  const key = found instanceof Promise ? await found : found
  if (!key) throw new ParleyError('key_invalid')
  if (!key.isEnabled) throw new ParleyError('key_disabled')
  if (key.expiresAt !== null && key.expiresAt <= Date.now()) throw new ParleyError('key_expired')
  keys.touch(key.id)
  return key
}
