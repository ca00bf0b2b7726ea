/**
 * The page: what vite has made of `apps/web` (`npm start` sees to it). Its own paths all get the one document, which finds out itself what
 * to show; it is asked for anew each time, and the files that it names, whose names change with their content, never are.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const builtFolder = fileURLToPath(new URL('../../../web/dist/', import.meta.url))
const document = 'index.html'
/** Where diagrams are drawn, by a library that writes styles: a document of its own, which only our page may frame. */
const diagramPolicy =
  "default-src 'none';script-src 'self';style-src 'unsafe-inline';frame-ancestors 'self';base-uri 'none'"
/** All of them are in one folder. */
const fileName = /^\w[\w.-]*$/
/** Where pages that models write are shown: they may run, apart from our origin, and load and send nothing. */
const artifactPolicy =
  "sandbox allow-scripts allow-forms;default-src 'none';script-src 'unsafe-inline';style-src 'unsafe-inline';" +
  "img-src data: blob:;media-src data: blob:;font-src data:;form-action 'none';frame-ancestors 'self';base-uri 'none'"
const hashedName = /-[\w-]{8}\.\w+$/

const paths = [
  '/',
  '/web',
  '/sign-in',
  '/register',
  '/forgot-password',
  '/reset-password',
  '/setup',
  '/shared/*',
  '/c/*',
  '/settings',
  '/settings/*',
  '/console',
  '/console/*',
]

export async function pageRoutes(app: FastifyInstance, { folder = builtFolder } = {}): Promise<void> {
  const schema = { hide: true }
  // A build that is made while the server runs is served too: files are looked for when they are asked for.
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, preCompressed: true })
  app.get<{ Params: { '*': string } }>('/assets/*', { schema }, (request, reply) => {
    const name = request.params['*']
    if (!fileName.test(name)) return reply.callNotFound()
    void reply.header('cache-control', hashedName.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache')
    return reply.sendFile(`assets/${name}`)
  })
  addFramed('/diagram', 'diagram.html', diagramPolicy)
  addFramed('/artifact', 'artifact.html', artifactPolicy)
  for (const path of paths) app.get(path, { schema }, (_request, reply) => sendDocument(reply))
  // Who has mistyped an address is told so by the page; programs get the error that they can read.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && request.method === 'GET' && asksForDocument(request))
      return await sendDocument(reply.code(404))
    return undefined
  })

  /** A document that our page, and nobody else, shows in a frame. */
  function addFramed(path: string, name: string, policy: string): void {
    app.get(path, { schema }, (_request, reply) => {
      void reply.headers({
        'content-security-policy': policy,
        'x-frame-options': 'SAMEORIGIN',
        'cache-control': 'no-cache',
      })
      return reply.sendFile(name)
    })
  }

  function sendDocument(reply: FastifyReply): FastifyReply {
    if (!existsSync(`${folder}${document}`)) {
      return reply.code(503).type('text/plain; charset=utf-8').send('The page is not built yet: npm start builds it.\n')
    }
    return reply.header('cache-control', 'no-cache').sendFile(document)
  }
}

function asksForDocument({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true
}
