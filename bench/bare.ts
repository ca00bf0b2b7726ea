/**
 * The yardstick: the least that a Node server can do between a client and an upstream. Fastify takes the body as
 * bytes, undici's `dispatch` sends it on, and the reply goes into the raw response as it comes, with back-pressure and
 * with an end when the client goes. No key, no limits, no ledger, no log. A large body is parsed once, as whoever has
 * to know the model must.
 */
import { parseArgs } from 'node:util'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Pool } from 'undici'

const parsedFromBytes = 32 * 1024
const { values } = parseArgs({ options: { port: { type: 'string' }, upstream: { type: 'string' } } })

const pool = new Pool(values.upstream ?? '', { connections: 256 })
const app = Fastify({ bodyLimit: 16 * 1024 * 1024 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/*', passThrough)
await app.listen({ port: Number(values.port), host: '127.0.0.1' })
console.log('ready')

function passThrough(request: FastifyRequest, reply: FastifyReply): void {
  const body = request.body as Buffer
  if (body.length > parsedFromBytes) JSON.parse(body.toString('utf8'))
  const { host: _host, connection: _connection, ...headers } = request.headers
  reply.hijack()
  const response = reply.raw
  pool.dispatch(
    { method: 'POST', path: request.url, headers, body },
    {
      onRequestStart(controller) {
        response.once('close', () => {
          if (!response.writableFinished) controller.abort(new Error('client gone'))
        })
        response.on('drain', () => controller.resume())
      },
      onResponseStart(_controller, status, { connection: _hop, 'keep-alive': _hops, ...responseHeaders }) {
        response.writeHead(status, responseHeaders)
      },
      onResponseData(controller, chunk) {
        if (!response.write(chunk)) controller.pause()
      },
      onResponseEnd() {
        response.end()
      },
      onResponseError(_controller, error) {
        response.destroy(error)
      },
    },
  )
}
