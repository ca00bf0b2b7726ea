import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../store/log.ts'
import type { Connection, Store } from '../../store/store.ts'
import { clearIndex, hasMessages, indexMessages, indexTitles, messagesOutside, titlesOutside } from './repository.ts'

const stepSize = 100
/** Between two steps, so that nobody waits for many. */
const pauseMs = 5

export interface Completion {
  readonly messages: number
  readonly titles: number
}

/** Brings into the search index what is not in it, in small steps: what was there before search was. */
export async function completeIndex(store: Store, signal?: AbortSignal): Promise<Completion> {
  const messages = await inSteps(store, { find: messagesOutside, index: indexMessages, signal })
  const titles = await inSteps(store, { find: titlesOutside, index: indexTitles, signal })
  return { messages, titles }
}

/** Makes the search index anew. Until it is done, not everything is found. */
export async function rebuildIndex(store: Store): Promise<Completion> {
  await store.transaction((transaction) => clearIndex(transaction))
  return await completeIndex(store)
}

interface Work {
  readonly find: (range: { after: string; limit: number }, connection: Connection) => Promise<string[]>
  readonly index: (ids: readonly string[], connection: Connection) => Promise<void>
  readonly signal: AbortSignal | undefined
}

async function inSteps(store: Store, { find, index, signal }: Work): Promise<number> {
  let count = 0
  let after = ''
  while (signal?.aborted !== true) {
    const ids = await find({ after, limit: stepSize }, store.reports)
    const last = ids.at(-1)
    if (last === undefined) break
    await store.transaction((transaction) => index(ids, transaction))
    count += ids.length
    after = last
    await sleep(pauseMs)
  }
  return count
}

/** Completes the index beside everything else; disposing ends it, and the next start goes on. */
export function startIndexKeeping({ store, log }: { store: Store; log: Log }): AsyncDisposable {
  const ended = new AbortController()
  /** A server without messages needs no thread to find out that it has none. */
  const complete = async () =>
    (await hasMessages(store.database)) ? await completeIndex(store, ended.signal) : { messages: 0, titles: 0 }
  const done = complete()
    .then(({ messages, titles }) => {
      if (messages + titles > 0) log.info({ messages, titles }, 'the search index is complete')
    })
    .catch((error: unknown) =>
      log.warn({ err: error }, 'the search index could not be completed; the next start tries again'),
    )
  return {
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done
    },
  }
}
