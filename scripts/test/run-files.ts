/**
 * Runs test files, each in a process of its own, and always comes to an end: a test may take `testTimeoutMs`, a file
 * whose tests are over must end (`fail-when-left-open.ts`), and when nothing at all happens for `silenceTimeoutMs`
 * (a test that blocks its process) the run is broken off and fails.
 */
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

export interface TestRun {
  files: string[]
  /** Only tests whose names match. */
  namePattern?: string
  signal?: AbortSignal
  testTimeoutMs?: number
  silenceTimeoutMs?: number
}

export interface TestOutcome {
  success: boolean
  ran: number
  /** Tests and suites that were not run, each with its reason. */
  skipped: { name: string; file: string; reason: string }[]
}

const preload = new URL('fail-when-left-open.ts', import.meta.url).href

export async function runTestFiles(request: TestRun): Promise<TestOutcome> {
  const { files, namePattern, testTimeoutMs = 120_000, silenceTimeoutMs = 240_000 } = request
  const silence = createSilenceWatch(silenceTimeoutMs)
  const events = run({
    files,
    concurrency: Math.max(2, availableParallelism()),
    timeout: testTimeoutMs,
    execArgv: ['--import', preload],
    signal: request.signal ? AbortSignal.any([request.signal, silence.signal]) : silence.signal,
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
