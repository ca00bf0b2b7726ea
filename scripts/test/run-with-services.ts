import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startTestServices } from './services.ts'

/** Runs a program of the server's tests beside PostgreSQL and Redis. Gives its exit code. */
export async function runWithServices(file: string, parameters: readonly string[]): Promise<number> {
  const services = await startTestServices()
  try {
    const child = spawn(process.execPath, [file, ...parameters], {
      stdio: 'inherit',
      env: { ...process.env, ...services.environment },
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  } finally {
    await services.stop()
  }
}
