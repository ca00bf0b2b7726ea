import type { Server, Socket } from 'node:net'
import { connect } from 'node:net'
import { listenOn } from '../listening.ts'

export interface ProxyPassword {
  user: string
  password: string
}

export interface ProxyOptions {
  /** Callers must say these. */
  password?: ProxyPassword
  /** Every tunnel is refused. */
  refuses?: boolean
  /** Every tunnel ends here, wherever its caller wants to go: names of servers that are not there. */
  leadsTo?: { host: string; port: number }
}

/** One connection that went through, and what passed in each direction. */
export interface Tunnel {
  /** `host:port`, as the caller named it. */
  target: string
  bytesUp: number
  bytesDown: number
}

export interface FakeProxy extends AsyncDisposable {
  /** With the user and password, if it wants them. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly tunnels: Tunnel[]
  /** Callers that were turned away: wrong password, or a target that could not be reached. */
  readonly refusals: number
  close(): Promise<void>
}

/** What the protocol's own server tells and asks of the part that all proxies share. */
export interface ProxyHub {
  tunnels: Tunnel[]
  refusals: number
}

export async function startProxy(
  scheme: string,
  server: Server,
  hub: ProxyHub,
  options: ProxyOptions,
): Promise<FakeProxy> {
  const host = '127.0.0.1'
  const listening = await listenOn(server, host, 0)
  const { port } = listening
  const close = (): Promise<void> => listening.close()
  const { password } = options
  const credentials =
    password === undefined ? '' : `${encodeURIComponent(password.user)}:${encodeURIComponent(password.password)}@`
  return {
    url: `${scheme}://${credentials}${host}:${port}`,
    host,
    port,
    tunnels: hub.tunnels,
    get refusals() {
      return hub.refusals
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Connects to where the caller wants to go. `onOpen` answers it, then bytes pass; `onRefused` when there is no such place. */
export function openTunnel(
  hub: ProxyHub,
  caller: Socket,
  target: { host: string; port: number },
  answers: { onOpen: () => void; onRefused: () => void },
): void {
  const tunnel: Tunnel = { target: `${target.host}:${target.port}`, bytesUp: 0, bytesDown: 0 }
  const destination = connect(target.port, target.host)
  let isOpen = false
  destination.once('connect', () => {
    isOpen = true
    hub.tunnels.push(tunnel)
    answers.onOpen()
    caller.on('data', (chunk: Buffer) => {
      tunnel.bytesUp += chunk.length
    })
    destination.on('data', (chunk: Buffer) => {
      tunnel.bytesDown += chunk.length
    })
    caller.pipe(destination)
    destination.pipe(caller)
  })
  destination.on('error', () => {
    if (isOpen) caller.destroy()
    else {
      hub.refusals++
      answers.onRefused()
    }
  })
  destination.once('close', () => caller.destroy())
  caller.on('error', () => destination.destroy())
  caller.once('close', () => destination.destroy())
}
