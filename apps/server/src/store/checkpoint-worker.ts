import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** The other half of `checkpointer.ts`: runs in its thread. */
const { file, maxFrames } = workerData as { file: string; maxFrames: number }
const database = new DatabaseSync(file, { timeout: 1_000 })
const passive = database.prepare('pragma wal_checkpoint(passive)')
const restart = database.prepare('pragma wal_checkpoint(restart)')

parentPort?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    database.close()
    parentPort?.close()
    return
  }
  const { log } = passive.get() as { log: number }
  // Writers that never pause keep the log from starting over by itself: make them wait a moment.
  if (log > maxFrames) restart.get()
  parentPort?.postMessage('done')
})
