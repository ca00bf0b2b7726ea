/**
 * The load generator, in a process of its own: it takes jobs from its parent and answers each with what it measured.
 * Plain node:http with kept connections; every reply is read to its end and checked, so that a cut one counts as a
 * failure and never as a fast reply.
 */
import { Agent, request } from 'node:http'
import type { Scenario } from './scenarios.ts'
import { quantile } from './statistics.ts'

export interface LoadJob {
  origin: string
  headers: Record<string, string>
  scenario: Scenario
  count: number
  /** So many at a time; or, with a rate, one every `1000 / perSecond` ms whatever happens to the others. */
  pace: { concurrency: number } | { perSecond: number }
}

export interface LoadResult {
  requestsPerSecond: number
  latencyMs: Quantiles
  firstByteMs: Quantiles
  failures: number
  firstFailure?: string
}

export interface Quantiles {
  p50: number
  p99: number
}

interface Measured {
  latencyMs: number
  firstByteMs: number
  failure?: string
}

const agents = new Map<string, Agent>()

process.on('message', async (job: LoadJob) => {
  process.send?.(await runJob(job))
})
process.on('disconnect', () => process.exit(0))

async function runJob(job: LoadJob): Promise<LoadResult> {
  const started = performance.now()
  const results =
    'concurrency' in job.pace ? await keepBusy(job, job.pace.concurrency) : await keepPace(job, job.pace.perSecond)
  const seconds = (performance.now() - started) / 1000
  const failures = results.flatMap(({ failure }) => failure ?? [])
  return {
    requestsPerSecond: results.length / seconds,
    latencyMs: quantilesOf(results.map(({ latencyMs }) => latencyMs)),
    firstByteMs: quantilesOf(results.map(({ firstByteMs }) => firstByteMs)),
    failures: failures.length,
    ...(failures[0] === undefined ? {} : { firstFailure: failures[0] }),
  }
}

async function keepBusy(job: LoadJob, concurrency: number): Promise<Measured[]> {
  const results: Measured[] = []
  let next = 0
  const work = async () => {
    while (next < job.count) results.push(await measure(job, next++))
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return results
}

function keepPace(job: LoadJob, perSecond: number): Promise<Measured[]> {
  const waiting: Promise<Measured>[] = []
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      waiting.push(measure(job, waiting.length))
      if (waiting.length < job.count) return
      clearInterval(timer)
      Promise.all(waiting).then(resolve, reject)
    }, 1000 / perSecond)
  })
}

/** Never rejects: what goes wrong is in the result. */
function measure({ origin, headers, scenario }: LoadJob, index: number): Promise<Measured> {
  const body = scenario.bodies[index % scenario.bodies.length] ?? ''
  const started = performance.now()
  let firstByteMs = Number.NaN
  return new Promise((resolve) => {
    const finish = (failure?: string) => {
      const latencyMs = performance.now() - started
      resolve(failure === undefined ? { latencyMs, firstByteMs } : { latencyMs, firstByteMs, failure })
    }
    const length = Buffer.byteLength(body)
    const options = {
      method: 'POST',
      agent: agentOf(origin),
      headers: { ...scenario.headers, ...headers, 'content-length': length },
    }
    const outgoing = request(origin + scenario.path, options, (response) => {
      let tail = ''
      response.on('data', (chunk: Buffer) => {
        if (tail === '') firstByteMs = performance.now() - started
        tail = (tail + chunk.toString('latin1')).slice(-200)
      })
      response.once('error', (error) => finish(error.message))
      response.once('end', () => {
        const isGood = response.statusCode === 200 && tail.endsWith(scenario.endsWith)
        finish(isGood ? undefined : `status ${response.statusCode}, reply ends with ${JSON.stringify(tail)}`)
      })
    })
    outgoing.once('error', (error) => finish(error.message))
    outgoing.end(body)
  })
}

function agentOf(origin: string): Agent {
  const agent = agents.get(origin) ?? new Agent({ keepAlive: true })
  agents.set(origin, agent)
  return agent
}

function quantilesOf(values: number[]): Quantiles {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) }
}
