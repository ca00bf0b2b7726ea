/**
 * What every request carries: an id that is in its answer and in every log line about it, its language, and who makes it.
 */
import { randomFillSync } from 'node:crypto'
import { fieldFaults, invalidField, languageOf, ParleyError } from '@parley/contract'
import type { FastifyInstance, FastifyRequest, RawRequestDefaultExpression } from 'fastify'
import { v7 as uuidv7 } from 'uuid'

/** /!\ Hot path: one call for the randomness of many ids. */
function createRandomness(): () => Uint8Array {
  const pool = Buffer.alloc(16 * 256)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += 16
    return pool.subarray(used - 16, used)
  }
}

/** A proxy's own id is kept, so that its log and ours can be joined; a stranger's is not. */
export function createRequestIds(isTrustedProxy: (address: string | undefined) => boolean) {
  const nextRandom = createRandomness()
  return (request: RawRequestDefaultExpression): string => {
    const given = request.headers['x-request-id']
    const isGood = typeof given === 'string' && /^[\w.:+/=-]{8,128}$/.test(given)
    return isGood && isTrustedProxy(request.socket.remoteAddress) ? given : uuidv7({ random: nextRandom() })
  }
}

export function useRequestContext(app: FastifyInstance): void {
  app.decorateRequest('principal', null)
  app.decorateRequest('errorCode', null)
  app.decorateRequest('language', {
    getter() {
      return languageOf(this.headers['accept-language'])
    },
  })
  app.addHook('onRequest', (request, reply, done) => {
    // Not on the raw response: one header there makes Node take the slow way for all that follow.
    void reply.header('x-request-id', request.id)
    done(request.url.includes('%00') ? refusalOfNul(request) : undefined)
  })
}

/** No id has a NUL, so that nothing can be found under it; what is asked for by one is not valid. */
function refusalOfNul({ method, url }: FastifyRequest): ParleyError {
  const [path = ''] = url.split('?', 1)
  return path.includes('%00')
    ? new ParleyError('route_not_found', { parameters: { method, path } })
    : invalidField('url', fieldFaults.holdsNul)
}
