/**
 * `/docs`: the API description, readable. The reader's program is several megabytes, so it is loaded when somebody looks,
 * and it may do on its page what no other page may: style itself inline.
 */
import Fastify, { type FastifyInstance } from 'fastify'

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Parley API</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
  </head>
  <body>
    <div id="app"></div>
    <script src="/docs/reader.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

const start = `Scalar.createApiReference('#app', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
})
`

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function docsRoutes(app: FastifyInstance): void {
  const schema = { hide: true }
  let reader: Promise<string> | undefined

  app.get('/docs', { schema }, async (_request, reply) =>
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page),
  )
  app.get('/docs/start.js', { schema }, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(start),
  )
  app.get('/docs/reader.js', { schema }, async (_request, reply) => {
    reader ??= loadReader()
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=86400')
      .send(await reader)
  })
}

/** The package gives its program only as a route of its own, so it is asked for it in a server that nobody reaches. */
async function loadReader(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const server = Fastify()
  await server.register(scalar, { routePrefix: '/docs', configuration: { content: {} } })
  const response = await server.inject('/docs/js/scalar.js')
  await server.close()
  return response.body
}
