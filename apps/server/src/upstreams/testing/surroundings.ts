import { tmpdir } from 'node:os'
import type { TestDatabase } from '@parley/testkit'
import { createEncryption, type Encryption } from '../../config/encryption.ts'
import { createState } from '../../state/create-state.ts'
import type { State } from '../../state/state.ts'
import { createStore } from '../../store/create-store.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'

/** What services stand on, with a clock that the test sets. */
export interface Surroundings extends AsyncDisposable {
  readonly store: Store
  readonly state: State
  readonly encryption: Encryption
  readonly log: Log
  readonly clock: () => number
  /** Lets time pass. */
  advance(ms: number): void
  /** The database as another node has it open. */
  openAnother(): Promise<Store>
}

export const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

export async function openSurroundings(database: TestDatabase): Promise<Surroundings> {
  const { kind, url } = database
  const place = kind === 'sqlite' ? { kind, file: url.replace(/^sqlite:/, '') } : { kind, url }
  const openStore = () => createStore(place, { dataDir: tmpdir(), log: quiet })
  const store = await openStore()
  const state = await createState({ kind: 'memory' }, { log: quiet })
  let now = Date.UTC(2026, 0, 1)
  return {
    store,
    state,
    encryption: createEncryption({ encryptionKeys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] }),
    log: quiet,
    clock: () => now,
    advance(ms) {
      now += ms
    },
    openAnother: openStore,
    async [Symbol.asyncDispose]() {
      await state[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
