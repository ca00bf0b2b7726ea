import { createServer, type Socket } from 'node:net'
import { type FakeProxy, openTunnel, type ProxyHub, type ProxyOptions, startProxy } from './fake-proxy.ts'

/** A SOCKS 5 proxy: CONNECT only (RFC 1928), with a password if one is set (RFC 1929). */
export function startSocks5Proxy(options: ProxyOptions = {}): Promise<FakeProxy> {
  const hub: ProxyHub = { tunnels: [], refusals: 0 }
  const server = createServer((caller) => {
    caller.on('error', () => caller.destroy())
    converse(caller, hub, options).catch(() => caller.destroy())
  })
  return startProxy('socks5', server, hub, options)
}

const version = 5
const noPassword = 0
const withPassword = 2
const noneAcceptable = 0xff

async function converse(caller: Socket, hub: ProxyHub, options: ProxyOptions): Promise<void> {
  const bytes = new ByteReader(caller)
  const [, count = 0] = await bytes.take(2)
  const methods = await bytes.take(count)
  const method = options.password === undefined ? noPassword : withPassword
  if (!methods.includes(method)) return refuse(caller, hub, [version, noneAcceptable])
  caller.write(Buffer.from([version, method]))
  if (options.password !== undefined) {
    const isRight = (await readPassword(bytes)) === `${options.password.user}:${options.password.password}`
    if (!isRight) return refuse(caller, hub, [1, 1])
    caller.write(Buffer.from([1, 0]))
  }
  const [, command] = await bytes.take(3)
  const target = await readTarget(bytes)
  if (options.refuses) return refuse(caller, hub, reply(2))
  if (command !== 1 || target === undefined) return refuse(caller, hub, reply(7))
  bytes.release()
  openTunnel(hub, caller, target, {
    onOpen: () => caller.write(Buffer.from(reply(0))),
    onRefused: () => caller.end(Buffer.from(reply(5))),
  })
}

/** The address that a proxy says it is bound to; callers of CONNECT have no use for it. */
function reply(code: number): number[] {
  return [version, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

function refuse(caller: Socket, hub: ProxyHub, answer: number[]): void {
  hub.refusals++
  caller.end(Buffer.from(answer))
}

async function readPassword(bytes: ByteReader): Promise<string> {
  const [, userLength = 0] = await bytes.take(2)
  const user = await bytes.take(userLength)
  const [passwordLength = 0] = await bytes.take(1)
  return `${user.toString()}:${(await bytes.take(passwordLength)).toString()}`
}

async function readTarget(bytes: ByteReader): Promise<{ host: string; port: number } | undefined> {
  const [kind] = await bytes.take(1)
  const host = await readHost(bytes, kind)
  const port = (await bytes.take(2)).readUInt16BE()
  return host === undefined ? undefined : { host, port }
}

async function readHost(bytes: ByteReader, kind: number | undefined): Promise<string | undefined> {
  if (kind === 1) return (await bytes.take(4)).join('.')
  if (kind === 3) {
    const [length = 0] = await bytes.take(1)
    return (await bytes.take(length)).toString()
  }
  if (kind !== 4) return undefined
  const address = (await bytes.take(16)).toString('hex')
  return address.match(/.{4}/g)?.join(':')
}

/** Takes exact numbers of bytes off a socket; what is left at `release` goes to the next reader. */
class ByteReader {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.pause()
  }

  async take(count: number): Promise<Buffer> {
    if (count === 0) return Buffer.alloc(0)
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null
      if (bytes?.length === count) return bytes
      await this.#more()
    }
  }

  async #more(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onClose = (): void => reject(new Error('the caller left'))
    this.#socket.once('readable', resolve)
    this.#socket.once('end', onClose)
    this.#socket.once('close', onClose)
    await promise.finally(() => {
      this.#socket.off('readable', resolve)
      this.#socket.off('end', onClose)
      this.#socket.off('close', onClose)
    })
  }

  release(): void {
    this.#socket.resume()
  }
}
