/** Times the operator's dashboard over a ledger of many calls, on SQLite and PostgreSQL. `--help` says more. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DashboardFigures } from '@parley/server/test/ledger/time-dashboard.ts'
import { runWithServices } from '../scripts/test/run-with-services.ts'
import { dashboardHeading, performanceDocument, putSection } from './document.ts'

const program = path.resolve(import.meta.dirname, '../apps/server/test/ledger/time-dashboard.ts')
/** Fewer calls say nothing that is worth keeping. */
const publishedRows = 10_000_000

async function main(parameters: readonly string[]): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-dashboard-figures-'))
  const file = path.join(folder, 'figures.json')
  try {
    await writeFile(file, '[]')
    const code = await runWithServices(program, [...parameters, '--figures', file])
    await publish(JSON.parse(await readFile(file, 'utf8')) as readonly DashboardFigures[])
    return code
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function publish(all: readonly DashboardFigures[]): Promise<void> {
  if (all.length < 2 || all.some(({ rows }) => rows < publishedRows)) return
  const whole = await readFile(performanceDocument, 'utf8')
  await writeFile(performanceDocument, putSection(whole, dashboardHeading, renderSection(all)))
}

function renderSection(all: readonly DashboardFigures[]): string {
  const figure = (ms: number) => ms.toFixed(1)
  const columns = all.map(({ kind, bytes }) => `${kind}, ${(bytes / 1e9).toFixed(1)} GB`)
  const lines = (all[0]?.pages ?? []).map(({ name }) => {
    const cells = all.map(({ pages }) => {
      const page = pages.find((each) => each.name === name)
      return page === undefined ? '–' : `${figure(page.medianMs)} / ${figure(page.slowestMs)}`
    })
    return `| ${[name, ...cells].join(' | ')} |`
  })
  const rows = (all[0]?.rows ?? 0).toLocaleString('en')
  return `${dashboardHeading}

Measured by \`node scripts/launch.mjs bench/dashboard.ts --rows ${all[0]?.rows}\` on
${new Date().toISOString().slice(0, 10)}: ${rows} calls of a year, of 300 users, 1,000 keys, 20 accounts and 12 models. Whole
requests to the server, median / slowest of fifteen, in milliseconds; each median must be under 100 ms.

| what | ${columns.join(' | ')} |
| --- |${' ---: |'.repeat(columns.length)}
${lines.join('\n')}

Calls that PostgreSQL read without an index meanwhile: ${all.find(({ scanned }) => scanned !== undefined)?.scanned ?? 'not measured'}.
`
}

process.exitCode = await main(process.argv.slice(2))
