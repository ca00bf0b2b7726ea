/** Security headers for pages and the people's API. Nothing inline runs, nothing foreign loads, nobody frames us. */
import fastifyHelmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

export async function useSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginResourcePolicy: { policy: 'same-site' },
    referrerPolicy: { policy: 'no-referrer' },
    // Whether there is TLS in front is the proxy's knowledge, and its header to send.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
}
