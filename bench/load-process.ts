import { fork } from 'node:child_process'
import path from 'node:path'
import type { LoadJob, LoadResult } from './load.ts'

export interface LoadProcess {
  run(job: LoadJob): Promise<LoadResult>
  stop(): void
}

/** Starts the load generator. One job at a time. */
export function startLoadProcess(): LoadProcess {
  // What the launcher preloads into a program would let go of this one's channel, and end it before its first job.
  const child = fork(path.join(import.meta.dirname, 'load.ts'), { stdio: 'inherit', execArgv: [] })
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const died = () => reject(new Error('the load generator has died'))
        child.once('exit', died)
        child.once('message', (result) => {
          child.removeListener('exit', died)
          resolve(result as LoadResult)
        })
        child.send(job)
      }),
    stop: () => child.disconnect(),
  }
}
