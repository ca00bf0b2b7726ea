import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'

export interface Listening {
  port: number
  /** Destroys every connection; new ones are refused. */
  close(): Promise<void>
}

/** Starts any kind of net server and keeps its connections at hand, so that it can be torn down at once. */
export async function listenOn(server: Server, host: string, port: number): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(port, host)
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
    await promise
  }
  return { port: (server.address() as AddressInfo).port, close }
}
