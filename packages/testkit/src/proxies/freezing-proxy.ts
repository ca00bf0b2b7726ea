import { connect, createServer, type Socket } from 'node:net'
import { listenOn } from '../listening.ts'

/** Between a server and its callers: what freezes. */
export interface FreezingProxy extends AsyncDisposable {
  /** The server's address, with this port in place of its own. */
  readonly url: string
  /** From now on connections are taken and nothing passes, in neither direction; those that are there stay open. */
  freeze(): void
  /** The same for connections that are made from now on; what is there goes on. */
  freezeNew(): void
  /** Everything that waited goes on. */
  thaw(): void
}

export async function startFreezingProxy(serverUrl: string): Promise<FreezingProxy> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let isFrozen = false
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    if (isFrozen) socket.pause()
    // Not `pipe`: it would read on by itself.
    socket.on('data', (chunk) => other.write(chunk))
    socket.on('end', () => other.end())
    socket.on('error', () => other.destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const destination = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true })
    keep(caller, destination)
    keep(destination, caller)
  })
  const listening = await listenOn(server, '127.0.0.1', 0)
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  url.port = String(listening.port)
  return {
    url: url.href,
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    freezeNew() {
      isFrozen = true
    },
    thaw() {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    [Symbol.asyncDispose]: () => listening.close(),
  }
}
