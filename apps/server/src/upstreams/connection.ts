import { isIP } from 'node:net'
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { isPrivateAddress, PrivateAddressRefused, publicLookup } from './private-address.ts'

export interface ConnectionSettings {
  /** `http://`, `https://` or `socks5://`, with user name and password if need be. */
  readonly proxy: string | null
  readonly connectTimeoutMs: number
  /** For URLs that users set: never to an address of the operator's own network. */
  readonly isPublicOnly?: boolean
}

/**
 * An account's way to its upstream: its own connections, through its own proxy.
 *
 * Guarantees: it is closed when it has been retired and its last call has ended, never under a call. Undici's header and
 * body time-outs are off because the engine keeps its own, which know what a caller waits for. HTTP/1.1 only: each stream
 * has its connection, so a slow reader holds back nobody else.
 */
export class Connection {
  readonly dispatcher: Dispatcher
  readonly settings: ConnectionSettings
  #users = 0
  #isRetired = false

  constructor(settings: ConnectionSettings) {
    this.settings = settings
    this.dispatcher = createDispatcher(settings)
  }

  retain(): void {
    this.#users += 1
  }

  release(): void {
    this.#users -= 1
    if (this.#isRetired && this.#users === 0) this.#close()
  }

  /** No new calls will use it. */
  retire(): void {
    if (this.#isRetired) return
    this.#isRetired = true
    if (this.#users === 0) this.#close()
  }

  isFor(settings: ConnectionSettings): boolean {
    const { proxy, connectTimeoutMs, isPublicOnly = false } = this.settings
    return (
      settings.proxy === proxy &&
      settings.connectTimeoutMs === connectTimeoutMs &&
      (settings.isPublicOnly ?? false) === isPublicOnly
    )
  }

  /** Ends it with all its calls. */
  async destroy(): Promise<void> {
    this.#isRetired = true
    await this.dispatcher.destroy()
  }

  #close(): void {
    // A close that fails has left nothing open to close.
    this.dispatcher.close().catch(() => this.dispatcher.destroy())
  }
}

function createDispatcher({ proxy, connectTimeoutMs, isPublicOnly }: ConnectionSettings): Dispatcher {
  const shared = {
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 600_000,
    allowH2: false,
  }
  if (proxy === null) {
    const settings = { timeout: connectTimeoutMs, allowH2: false }
    return new Agent({ ...shared, connect: isPublicOnly ? connectToPublic(settings) : settings })
  }
  const url = new URL(proxy)
  if (url.protocol === 'socks5:') {
    // Given here because the agent takes those of the URL as they are, still percent-encoded.
    const login = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
    return new Socks5ProxyAgent(url, { ...shared, ...login, connectTimeout: connectTimeoutMs })
  }
  return new ProxyAgent({
    ...shared,
    uri: proxy,
    proxyTunnel: true,
    connectTimeout: connectTimeoutMs,
    // A proxy that takes the connection and then says nothing counts as one that cannot be reached.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
  })
}

function connectToPublic(settings: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...settings, lookup: publicLookup })
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    // Names are looked up on the way; addresses are not.
    if (isIP(host) !== 0 && isPrivateAddress(host)) callback(new PrivateAddressRefused(host), null)
    else connect(options, callback)
  }
}
