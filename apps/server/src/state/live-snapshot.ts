import { randomUUID } from 'node:crypto'
import type { Topics } from './state.ts'

/**
 * A copy in memory of what the database holds, for look-ups on the hot path.
 *
 * Guarantees: it is replaced whole, never changed in part; when `changed` resolves, this node has the change and the
 * others have been told; a message that got lost is made up for by loading again now and then; while the database does
 * not answer, the last copy stands.
 */
export interface LiveSnapshot<T> extends AsyncDisposable {
  readonly current: T
  /** To be called after every change to what is loaded. */
  changed(): Promise<void>
}

/** A change that nobody told of is seen after so long. */
const refreshMs = 30_000

export interface LiveSnapshotOptions<T> {
  readonly topics: Topics
  readonly topic: string
  readonly load: () => Promise<T>
  /** A load that nobody waits for has failed. */
  readonly onError: (error: unknown) => void
}

export async function createLiveSnapshot<T>(options: LiveSnapshotOptions<T>): Promise<LiveSnapshot<T>> {
  const { topics, topic, load, onError } = options
  const nodeId = randomUUID()
  let current: T = await load()
  /** Loads run one after another; the one that has not begun yet serves all who ask meanwhile. */
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  const reload = (): Promise<void> => {
    next ??= running.then(async () => {
      next = undefined
      running = load().then(
        (loaded) => {
          current = loaded
        },
        (error: unknown) => {
          throw new Error(`cannot load ${topic}`, { cause: error })
        },
      )
      const mine = running
      running = mine.catch(() => undefined)
      await mine
    })
    return next
  }
  const reloadInBackground = () => void reload().catch(onError)

  const unsubscribe = await topics.subscribe(topic, (message) => {
    if (message !== nodeId) reloadInBackground()
  })
  const timer = setInterval(reloadInBackground, refreshMs).unref()

  return {
    get current() {
      return current
    },
    async changed() {
      await reload()
      await topics.publish(topic, nodeId)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await unsubscribe()
      await running
    },
  }
}
