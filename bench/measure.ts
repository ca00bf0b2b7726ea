/**
 * Rounds in which everybody is measured in turn, never one after the other for long: what else the machine does then
 * falls on all alike. Figures are medians over the rounds; only ratios within one run say much.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadJob, LoadResult, Quantiles } from './load.ts'
import type { LoadProcess } from './load-process.ts'
import { tryReadUsage } from './process-usage.ts'
import type { Scenario } from './scenarios.ts'
import { median } from './statistics.ts'
import type { Subject } from './subjects.ts'

export interface Plan {
  subjects: Subject[]
  scenarios: Scenario[]
  rounds: number
  /** Requests of one subject in one round of one scenario. */
  count: number
  /** Requests of one scenario before anything is measured. */
  warmUp: number
  /** The same for who is compiled while it runs. */
  longWarmUp: number
  concurrency: number
  paced: { perSecond: number; count: number }
}

export interface Figures {
  requestsPerSecond: number
  latencyMs: Quantiles
  firstByteMs: Quantiles
  /** Of the process under test. Nothing for the upstream itself, and where the system does not tell. */
  cpuMicroseconds: number | undefined
}

export interface Results {
  /** By scenario, then by subject. */
  busy: Record<string, Record<string, Figures>>
  /** The first scenario at a steady rate, by subject. */
  paced: Record<string, Figures>
  peakMegabytes: Record<string, number>
}

type Sample = LoadResult & { cpuMicroseconds: number | undefined }

/** Writes to disk and answers to the log are part of a request, and may come after its reply. */
const settleMs = 200

export async function measure(load: LoadProcess, plan: Plan, tell: (text: string) => void): Promise<Results> {
  const busy = new Map<string, Sample[]>()
  const paced = new Map<string, Sample[]>()
  await warmUp(load, plan, tell)
  for (let round = 0; round < plan.rounds; round++) {
    tell(`round ${round + 1} of ${plan.rounds}`)
    for (const scenario of plan.scenarios) {
      for (const subject of rotate(plan.subjects, round)) {
        const pace = { concurrency: plan.concurrency }
        const sample = await takeSample(load, subject, { scenario, count: plan.count, pace })
        addTo(busy, `${scenario.name} ${subject.name}`, sample)
      }
    }
    const [scenario] = plan.scenarios
    for (const subject of scenario ? rotate(plan.subjects, round) : []) {
      const { perSecond, count } = plan.paced
      if (scenario)
        addTo(paced, subject.name, await takeSample(load, subject, { scenario, count, pace: { perSecond } }))
    }
  }
  return summarize(plan, busy, paced)
}

async function warmUp(load: LoadProcess, plan: Plan, tell: (text: string) => void): Promise<void> {
  tell('warming up')
  for (const scenario of plan.scenarios) {
    for (const subject of plan.subjects) {
      const count = subject.isCompiledLate ? plan.longWarmUp : plan.warmUp
      await takeSample(load, subject, { scenario, count, pace: { concurrency: plan.concurrency } })
    }
  }
}

async function takeSample(load: LoadProcess, subject: Subject, job: Pick<LoadJob, 'scenario' | 'count' | 'pace'>) {
  const before = subject.pid === undefined ? undefined : tryReadUsage(subject.pid)
  const result = await load.run({ origin: subject.origin, headers: subject.headers, ...job })
  await sleep(settleMs)
  const after = subject.pid === undefined ? undefined : tryReadUsage(subject.pid)
  if (result.failures > 0) {
    const { failures, firstFailure } = result
    throw new Error(`${subject.title}, ${job.scenario.title}: ${failures} of ${job.count} failed; ${firstFailure}`)
  }
  const cpuMicroseconds = before && after ? (after.cpuMicroseconds - before.cpuMicroseconds) / job.count : undefined
  return { ...result, cpuMicroseconds }
}

function summarize(plan: Plan, busy: Map<string, Sample[]>, paced: Map<string, Sample[]>): Results {
  const bySubject = (figures: (subject: Subject) => Figures) =>
    Object.fromEntries(plan.subjects.map((subject) => [subject.name, figures(subject)]))
  return {
    busy: Object.fromEntries(
      plan.scenarios.map(({ name }) => [
        name,
        bySubject((subject) => medianFigures(busy.get(`${name} ${subject.name}`) ?? [])),
      ]),
    ),
    paced: bySubject((subject) => medianFigures(paced.get(subject.name) ?? [])),
    peakMegabytes: Object.fromEntries(
      plan.subjects.flatMap(({ name, pid }) => {
        const usage = pid === undefined ? undefined : tryReadUsage(pid)
        return usage ? [[name, usage.peakKilobytes / 1024]] : []
      }),
    ),
  }
}

function medianFigures(samples: Sample[]): Figures {
  const of = (read: (sample: Sample) => number) => median(samples.map(read))
  const cpu = samples.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])
  return {
    requestsPerSecond: of((sample) => sample.requestsPerSecond),
    latencyMs: { p50: of((sample) => sample.latencyMs.p50), p99: of((sample) => sample.latencyMs.p99) },
    firstByteMs: { p50: of((sample) => sample.firstByteMs.p50), p99: of((sample) => sample.firstByteMs.p99) },
    cpuMicroseconds: cpu.length === 0 ? undefined : median(cpu),
  }
}

/** Whoever comes first in one round comes later in the next. */
function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

function addTo(samples: Map<string, Sample[]>, key: string, sample: Sample): void {
  samples.set(key, [...(samples.get(key) ?? []), sample])
}
