import { ParleyError } from '@parley/contract'
import type { FastifyRequest } from 'fastify'
import type { ApiKey, Keys } from '../../keys/api-key.ts'
import { assertUsable } from '../../keys/assert-usable.ts'

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

/** The API key that a request comes with. Throws, or rejects with, key_missing, key_invalid, and what `assertUsable` does. */
export function authenticateKey(request: FastifyRequest, keys: Keys): ApiKey | Promise<ApiKey> {
  const secret = tryPresentedKey(request)
  if (secret === undefined) throw new ParleyError('key_missing')
  const found = keys.find(secret, request.raw.socket)
  return found instanceof Promise ? found.then((key) => usedBy(request, key, keys)) : usedBy(request, found, keys)
}

/** The same for a call: a key that lives from its first use begins to. Looking at what there is is no use. */
export function authenticateCall(request: FastifyRequest, keys: Keys): ApiKey | Promise<ApiKey> {
  const key = authenticateKey(request, keys)
  return key instanceof Promise ? key.then((found) => activated(found, keys)) : activated(key, keys)
}

function usedBy(request: FastifyRequest, key: ApiKey | undefined, keys: Keys): ApiKey {
  if (!key) throw new ParleyError('key_invalid')
  assertUsable(key, request, Date.now())
  keys.touch(key.id)
  return key
}

function activated(key: ApiKey, keys: Keys): ApiKey | Promise<ApiKey> {
  return key.activeMs === null ? key : keys.activate(key)
}
