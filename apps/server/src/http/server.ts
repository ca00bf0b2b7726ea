/** The HTTP server itself: how connections live and end. */
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { createAddressTest } from '../config/address-range.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../config/log.ts'
import { createRequestIds } from './request-context.ts'

export interface ServerOptions {
  /** Ends what is still being written, in the words of its stream. */
  readonly interrupt?: () => PromiseLike<void>
}

const lastWordsMs = 1000

/**
 * Disposing stops accepting and lets replies that are being written end within `shutdownMs`. What is left then is
 * interrupted, has a moment to say so, and is cut.
 */
export function createServer(
  config: Pick<Config, 'trustedProxies' | 'shutdownMs'>,
  log: Log,
  options: ServerOptions = {},
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
    // A stream may be silent for longer than any idle time of the socket would allow. Sending a request may not last for ever.
    connectionTimeout: 0,
    requestTimeout: 300_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance
  fastify.decorate('stopping', stopping.signal)

  return {
    fastify,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      const timers = [
        // A connection that was busy when the stop began is kept alive by its client, not by anything to do.
        setInterval(() => fastify.server.closeIdleConnections(), 50),
        setTimeout(() => void interrupt(), config.shutdownMs),
        setTimeout(() => fastify.server.closeAllConnections(), config.shutdownMs + lastWordsMs),
      ]
      await fastify.close()
      for (const timer of timers) clearTimeout(timer)
    },
  }

  async function interrupt(): Promise<void> {
    try {
      await options.interrupt?.()
    } catch (error) {
      log.error({ err: error }, 'what was being written could not be interrupted')
    }
  }
}
