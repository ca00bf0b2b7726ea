/** The page, and the files that it is made of. */
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const folder = fileURLToPath(new URL('../../../web/public/', import.meta.url))

export async function pageRoutes(app: FastifyInstance): Promise<void> {
  const schema = { hide: true }
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/assets/',
    schemaHide: true,
    index: false,
    cacheControl: false,
    setHeaders: (reply) => void reply.header('cache-control', 'no-cache'),
  })
  app.get('/', { schema }, (_request, reply) => reply.sendFile('index.html'))
  app.get('/web', { schema }, (_request, reply) => reply.sendFile('index.html'))
  app.get('/setup', { schema }, (_request, reply) => reply.sendFile('setup.html'))
}
