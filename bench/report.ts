import { cpus, totalmem } from 'node:os'
import type { Figures, Plan, Results } from './measure.ts'

interface ReportInput {
  plan: Plan
  results: Results
  missing: string[]
  at: Date
}

/** The page docs/performance.md. */
export function renderReport({ plan, results, missing, at }: ReportInput): string {
  const { rounds, count, concurrency, paced, subjects, scenarios, longWarmUp } = plan
  const processors = cpus()
  const machine = `${processors.length} × ${processors[0]?.model.trim() || process.arch}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`
  return `# Performance

Written by \`npm run bench\`: every figure of a table comes from one run, in which the subjects took turns. Compare the
lines of a table with one another; the figures of another machine, or of another day, are other figures.

- ${at.toISOString().slice(0, 10)}, ${machine}
- ${rounds} rounds of ${count} requests, ${concurrency} at a time; medians of the rounds${missing.length > 0 ? `\n- not measured here: ${missing.join(', ')}` : ''}
- before them ${longWarmUp} requests of each kind for those whose code is compiled while it runs
- CPU is the user and system time of all threads of the process under test, per request, as the operating system
  counts it; the load and the upstream (the testkit's, with replies made beforehand) are other processes
- bare Fastify + undici: \`bench/bare.ts\`, the least a Node server can do; it parses bodies from 32 KB on, once
- Parley, everything on: key, limits, account pool, metering, ledger on SQLite, log file

${scenarios.map(({ name, title }) => scenarioTable(title, subjects, results.busy[name] ?? {})).join('\n')}
## Time to first byte at ${paced.perSecond} requests a second

${pacedTable(subjects, results.paced)}
## Most memory during the run

${memoryTable(subjects, results.peakMegabytes)}
## How to repeat

\`\`\`
npm run bench              # all of it, writes this page
npm run bench -- --quick   # less exact, writes nothing
npm run bench -- --help
\`\`\`
`
}

type Named = { name: string; title: string }

function scenarioTable(title: string, subjects: Named[], figures: Record<string, Figures>): string {
  const bare = figures.bare?.cpuMicroseconds
  const rows = subjects.map(({ name, title: subject }) => {
    const { requestsPerSecond, latencyMs, firstByteMs, cpuMicroseconds } = figures[name] ?? noFigures
    const ratio = bare && cpuMicroseconds !== undefined ? (cpuMicroseconds / bare).toFixed(2) : '–'
    return [
      subject,
      requestsPerSecond.toFixed(0),
      `${ms(latencyMs.p50)} / ${ms(latencyMs.p99)}`,
      `${ms(firstByteMs.p50)} / ${ms(firstByteMs.p99)}`,
      cpuMicroseconds?.toFixed(0) ?? '–',
      ratio,
    ]
  })
  const head = ['', 'requests/s', 'latency p50 / p99, ms', 'first byte p50 / p99, ms', 'CPU µs/request', '× bare']
  return `## ${title}\n\n${table(head, rows)}`
}

function pacedTable(subjects: Named[], figures: Record<string, Figures>): string {
  const direct = figures.direct?.firstByteMs ?? noFigures.firstByteMs
  const rows = subjects.map(({ name, title }) => {
    const { p50, p99 } = (figures[name] ?? noFigures).firstByteMs
    const added = name === 'direct' ? '–' : `${ms(p50 - direct.p50)} / ${ms(p99 - direct.p99)}`
    return [title, `${ms(p50)} / ${ms(p99)}`, added]
  })
  return table(['', 'p50 / p99, ms', 'added to direct, ms'], rows)
}

function memoryTable(subjects: Named[], peaks: Record<string, number>): string {
  const rows = subjects.flatMap(({ name, title }) => {
    const peak = peaks[name]
    return peak === undefined ? [] : [[title, `${peak.toFixed(0)} MB`]]
  })
  return table(['', 'RSS'], rows)
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

const noFigures: Figures = {
  requestsPerSecond: Number.NaN,
  latencyMs: { p50: Number.NaN, p99: Number.NaN },
  firstByteMs: { p50: Number.NaN, p99: Number.NaN },
  cpuMicroseconds: undefined,
}

function ms(value: number): string {
  return value.toFixed(2)
}
