/**
 * Servers started for a while, by tests and benchmarks. Whatever happens to this process, they do not outlive it
 * (short of `kill -9`): stopping is asked for first, and forced at exit.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Child extends AsyncDisposable {
  pid: number
  /** Everything it has printed so far, both streams. */
  output: () => string
  stop: () => Promise<void>
}

export interface ChildOptions {
  command: string
  parameters?: string[]
  environment?: NodeJS.ProcessEnv
  folder?: string
  /** Asked until it says true. It may throw as long as the server is not there yet. */
  isReady: (child: Child) => Promise<boolean> | boolean
  readyWithinMs?: number
  /** How long a stop may take before it is forced. */
  stopWithinMs?: number
}

/** Resolves when the server is ready. Rejects with what it printed if it ends or takes too long. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const running = spawn(options.command, options.parameters ?? [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.environment ?? process.env,
    cwd: options.folder,
  })
  const child = superviseChild(running, options.stopWithinMs ?? 5_000)
  try {
    await waitUntilReady(running, child, options)
    return child
  } catch (error) {
    await child.stop()
    throw new Error(`${options.command} did not start.\n${child.output()}`, { cause: error })
  }
}

function superviseChild(running: ChildProcess, stopWithinMs: number): Child {
  let output = ''
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-100_000)
  }
  running.stdout?.on('data', collect)
  running.stderr?.on('data', collect)
  const signal = (name: NodeJS.Signals) => {
    // A program that is not there has no process: until Node has told that, a signal goes to whatever number stands in its
    // memory, and 0 is this process with all its relatives.
    if (running.pid !== undefined) running.kill(name)
  }
  const killNow = () => signal('SIGKILL')
  process.once('exit', killNow)
  const ended = new Promise<void>((resolve) => {
    running.once('error', (error) => {
      output += error.message
      resolve()
    })
    running.once('exit', () => resolve())
  }).finally(() => process.removeListener('exit', killNow))
  const stop = async () => {
    signal('SIGTERM')
    const force = setTimeout(killNow, stopWithinMs)
    await ended
    clearTimeout(force)
  }
  return { pid: running.pid ?? 0, output: () => output, stop, [Symbol.asyncDispose]: stop }
}

async function waitUntilReady(running: ChildProcess, child: Child, options: ChildOptions): Promise<void> {
  const deadline = Date.now() + (options.readyWithinMs ?? 15_000)
  let problem: unknown
  while (Date.now() < deadline) {
    if (running.exitCode !== null || running.signalCode !== null || running.pid === undefined) {
      throw new Error('it ended at once', { cause: problem })
    }
    try {
      if (await options.isReady(child)) return
    } catch (error) {
      problem = error
    }
    await sleep(25)
  }
  throw new Error('it took too long', { cause: problem })
}
