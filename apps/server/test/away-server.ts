import { type EmbeddedServer, startFreezingProxy } from '@parley/testkit'

/** A PostgreSQL that can be taken away and comes back, with all that was in it. */
export interface AwayServer {
  readonly url: string
  goAway(): Promise<void> | void
  comeBack(): Promise<void> | void
}

type Way = (postgres: EmbeddedServer, cleanUp: AsyncDisposableStack) => Promise<AwayServer>

/** "PostgreSQL …": it refuses connections, or takes them and says nothing. */
export const waysToBeAway: { readonly [name: string]: Way } = {
  'is away': async (postgres) => postgres,
  'does not answer': async ({ url }, cleanUp) => {
    const proxy = cleanUp.use(await startFreezingProxy(url))
    return { url: proxy.url, goAway: () => proxy.freeze(), comeBack: () => proxy.thaw() }
  },
}
