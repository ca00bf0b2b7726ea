/**
 * Runs test files, each in a process of its own, and always comes to an end: a test may take `testTimeoutMs`, a file
 * whose tests are over must end (`fail-when-left-open.ts`), and when nothing at all happens for `silenceTimeoutMs`
 * (a test that blocks its process) the run is broken off and fails. A run that is broken off leaves no process behind.
 */
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { childrenOf, processTree } from '../shared/process-tree.ts'

export interface TestRun {
  files: string[]
  /** Only tests whose names match. */
  namePattern?: string
  signal?: AbortSignal
  /** How many files at a time. */
  concurrency?: number
  testTimeoutMs?: number
  silenceTimeoutMs?: number
}

export interface TestOutcome {
  success: boolean
  ran: number
  /** Tests and suites that were not run, each with its reason. */
  skipped: { name: string; file: string; reason: string }[]
}

/** The first, so that what is loaded after it is found compiled: most files load most of the server. */
const preloads = ['compile-cache.mjs', 'fail-when-left-open.ts'].map((name) => new URL(name, import.meta.url).href)

export async function runTestFiles(request: TestRun): Promise<TestOutcome> {
  const { files, namePattern, testTimeoutMs = 120_000, silenceTimeoutMs = 240_000 } = request
  const silence = createSilenceWatch(silenceTimeoutMs)
  const others = new Set(childrenOf(process.pid))
  const broken = createBreak([silence.signal, ...(request.signal ? [request.signal] : [])], others)
  const events = run({
    files,
    concurrency: request.concurrency ?? availableParallelism() + 1,
    timeout: testTimeoutMs,
    execArgv: preloads.flatMap((preload) => ['--import', preload]),
    signal: broken.signal,
    ...(namePattern === undefined ? {} : { testNamePatterns: [new RegExp(namePattern)] }),
  })
  const outcome: TestOutcome = { success: false, ran: 0, skipped: [] }
  events.on('test:dequeue', silence.noteProgress)
  events.on('test:complete', silence.noteProgress)
  events.on('test:pass', ({ name, file = '', skip, todo }) => {
    if (skip !== undefined) outcome.skipped.push({ name, file, reason: skip === true ? 'skip' : String(skip) })
    if (todo !== undefined) outcome.skipped.push({ name, file, reason: 'to do' })
  })
  events.on('test:fail', ({ name, file = '', todo }) => {
    if (todo !== undefined) outcome.skipped.push({ name, file, reason: 'to do' })
  })
  events.on('test:summary', ({ file, counts, success }) => {
    if (file !== undefined) return
    outcome.success = success
    outcome.ran = counts.tests - counts.skipped
  })
  for await (const text of events.compose(spec)) process.stdout.write(text)
  silence.stop()
  broken.killRest()
  if (silence.signal.aborted) console.error(`Broken off: no test began or ended for ${silenceTimeoutMs / 1000} s.`)
  return { ...outcome, success: outcome.success && !silence.signal.aborted }
}

function createSilenceWatch(timeoutMs: number) {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  return {
    signal: controller.signal,
    noteProgress: () => timer.refresh(),
    stop: () => clearTimeout(timer),
  }
}

/**
 * Aborts when one of the signals does. The test files are killed then, which cannot stop what they have started: that is
 * noted before and killed after. `others` are children of this process that are none of the run's.
 */
function createBreak(signals: AbortSignal[], others: Set<number>) {
  const controller = new AbortController()
  let started: number[] = []
  const abort = () => {
    started = childrenOf(process.pid)
      .filter((pid) => !others.has(pid))
      .flatMap(processTree)
    controller.abort()
  }
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true })
  return { signal: controller.signal, killRest: () => started.forEach(killIfAlive) }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
