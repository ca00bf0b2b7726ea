/** The HTTP server itself: how connections live and end. */
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { createAddressTest } from '../config/address-range.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../config/log.ts'
import { createRequestIds } from './request-context.ts'

/** Disposing stops accepting, lets replies that are being written end within `shutdownMs`, then closes what is left. */
export function createServer(
  config: Pick<Config, 'trustedProxies' | 'shutdownMs'>,
  log: Log,
): AsyncDisposable & { readonly fastify: FastifyInstance } {
  const isTrustedProxy = createAddressTest(config.trustedProxies)
  const stopping = new AbortController()
  const fastify = Fastify({
    loggerInstance: log,
    // One line for a request is written by whoever knows most about it (`access-log.ts`, the relay), on the one logger:
    // a logger of its own for each request would be the most expensive thing about a small one.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    trustProxy: isTrustedProxy,
    genReqId: createRequestIds(isTrustedProxy),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // A stream may be silent for longer than any of these would allow.
    connectionTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance
  fastify.decorate('stopping', stopping.signal)

  return {
    fastify,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      const impatience = setTimeout(() => fastify.server.closeAllConnections(), config.shutdownMs)
      await fastify.close()
      clearTimeout(impatience)
    },
  }
}
