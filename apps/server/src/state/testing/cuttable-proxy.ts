import { once } from 'node:events'
import net from 'node:net'

/** A way to a server that can be cut (nobody gets through), frozen (nobody gets an answer) and restored. */
export interface CuttableProxy extends AsyncDisposable {
  readonly port: number
  cut(): void
  freeze(): void
  restore(): void
}

export async function createCuttableProxy(target: { host: string; port: number }): Promise<CuttableProxy> {
  const sockets = new Set<net.Socket>()
  let mode: 'open' | 'cut' | 'frozen' = 'open'
  const server = net.createServer((client) => {
    if (mode === 'cut') return client.destroy()
    const upstream = net.connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
    }
    client.on('close', () => upstream.destroy()).on('data', (chunk) => mode === 'frozen' || upstream.write(chunk))
    upstream.on('close', () => client.destroy()).on('data', (chunk) => mode === 'frozen' || client.write(chunk))
    return client
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    cut: () => {
      mode = 'cut'
      breakAll()
    },
    freeze: () => {
      mode = 'frozen'
    },
    restore: () => {
      if (mode === 'frozen') breakAll()
      mode = 'open'
    },
    async [Symbol.asyncDispose]() {
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}
