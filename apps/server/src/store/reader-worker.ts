import { parentPort, workerData } from 'node:worker_threads'
import type { CompiledQuery } from 'kysely'
import { SqliteHandle } from './sqlite-handle.ts'

/** The other half of `reader-thread.ts`: runs in its thread. */
export interface ReaderRequest {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
}
export type ReaderReply =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly error: unknown }

const { file } = workerData as { file: string }
const handle = new SqliteHandle(file, { isReadOnly: true })

parentPort?.on('message', (request: ReaderRequest | 'close') => {
  if (request === 'close') {
    handle.close()
    parentPort?.close()
    return
  }
  parentPort?.postMessage(answer(request))
})

function answer({ id, sql, parameters }: ReaderRequest): ReaderReply {
  try {
    return { id, rows: handle.execute({ sql, parameters } as CompiledQuery).rows }
  } catch (error) {
    return { id, error }
  }
}
