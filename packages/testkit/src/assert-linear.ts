import assert from 'node:assert/strict'

/** At this length, what takes time in proportion to it takes milliseconds, and what takes its square takes many seconds. */
const length = 200_000
const mostMs = 400

/**
 * Fails when the work on a text grows faster than the text. `repeated` is what makes the text long, as a stranger would write
 * it to hold everybody up. CPU time of this thread is measured, so that what else runs on the machine does not count.
 */
export async function assertLinear(
  work: (text: string) => unknown,
  { before = '', repeated, after = '' }: LongText,
): Promise<void> {
  const text = before + repeated.repeat(Math.ceil(length / repeated.length)) + after
  const started = process.threadCpuUsage()
  await work(text)
  const { user, system } = process.threadCpuUsage(started)
  const ms = (user + system) / 1000
  assert.ok(ms < mostMs, `${text.length} characters, ${JSON.stringify(repeated)} repeated, took ${Math.round(ms)} ms`)
}

export interface LongText {
  readonly before?: string
  readonly repeated: string
  readonly after?: string
}
