import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type FakeProxy, openTunnel, type ProxyHub, type ProxyOptions, startProxy } from './fake-proxy.ts'

/** An HTTP proxy: CONNECT tunnels (RFC 9110, 9.3.6) and plain requests in absolute form. */
export function startHttpProxy(options: ProxyOptions = {}): Promise<FakeProxy> {
  const hub: ProxyHub = { tunnels: [], refusals: 0 }
  const server = createServer((request, response) => forward(request, response, hub, options))
  server.on('connect', (request: IncomingMessage, caller: Socket, head: Buffer) => {
    const refusal = refusalOf(request, options)
    if (refusal !== undefined) {
      hub.refusals++
      caller.end(`HTTP/1.1 ${refusal}\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const target = new URL(`http://${request.url ?? ''}`)
    if (head.length > 0) caller.unshift(head)
    openTunnel(hub, caller, options.leadsTo ?? { host: target.hostname, port: Number(target.port || 80) }, {
      onOpen: () => caller.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      onRefused: () => caller.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'),
    })
  })
  return startProxy('http', server, hub, options)
}

function refusalOf(request: IncomingMessage, { password, refuses }: ProxyOptions): string | undefined {
  if (refuses) return '503 Service Unavailable'
  if (password === undefined) return undefined
  const expected = `Basic ${Buffer.from(`${password.user}:${password.password}`).toString('base64')}`
  return request.headers['proxy-authorization'] === expected ? undefined : '407 Proxy Authentication Required'
}

function forward(request: IncomingMessage, response: ServerResponse, hub: ProxyHub, options: ProxyOptions): void {
  const refusal = URL.canParse(request.url ?? '') ? refusalOf(request, options) : '400 Bad Request'
  if (refusal !== undefined) {
    hub.refusals++
    response.writeHead(Number(refusal.slice(0, 3)), { 'proxy-authenticate': 'Basic realm="test"' }).end()
    return
  }
  const target = new URL(request.url ?? '')
  const tunnel = { target: target.host, bytesUp: 0, bytesDown: 0 }
  hub.tunnels.push(tunnel)
  const { 'proxy-authorization': _secret, 'proxy-connection': _connection, ...headers } = request.headers
  const onward = httpRequest(target, { method: request.method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.on('data', (chunk: Buffer) => {
      tunnel.bytesDown += chunk.length
    })
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
  response.once('close', () => onward.destroy())
  request.on('data', (chunk: Buffer) => {
    tunnel.bytesUp += chunk.length
  })
  request.pipe(onward)
}
