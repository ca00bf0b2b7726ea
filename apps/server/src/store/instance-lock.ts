import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './sqlite-handle.ts'

/** Another process works in the data folder. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError'
}

/**
 * Makes this process the only one in the data folder until it is disposed of or dies.
 *
 * The lock is the operating system's, by way of SQLite's own on an empty file: it ends with the process however that
 * dies, so there are no stale locks to clear away. The file with the process id beside it is for people only. Nobody else
 * may open and close `lock.sqlite` in this process: POSIX drops a process's locks on a file with any close of it.
 */
export async function lockDataDir(dataDir: string): Promise<AsyncDisposable> {
  await mkdir(dataDir, { recursive: true })
  const processFile = join(dataDir, 'parley.pid')
  const lock = new DatabaseSync(join(dataDir, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (cause) {
    lock.close()
    if (!isBusy(cause)) throw cause
    throw new DataDirInUseError(
      `Another Parley (process ${await readProcessId(processFile)}) is using the data folder ${dataDir}. ` +
        'Stop it first, or set DATA_DIR to another folder.',
      { cause },
    )
  }
  await writeFile(processFile, `${process.pid}\n`)
  return {
    async [Symbol.asyncDispose]() {
      await rm(processFile, { force: true })
      lock.close()
    },
  }
}

async function readProcessId(processFile: string): Promise<string> {
  const text = await readFile(processFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.trim() || 'unknown'
}
