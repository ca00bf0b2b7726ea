/** `npm run bench`: direct, nginx, a bare pass-through and Parley side by side, in one run. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { dashboardHeading, pageHeading, performanceDocument, putSection, sectionOf } from './document.ts'
import { startLoadProcess } from './load-process.ts'
import { measure, type Plan } from './measure.ts'
import { renderReport } from './report.ts'
import { createScenarios } from './scenarios.ts'
import { startSubjects, startUpstream } from './subjects.ts'

const names = createScenarios(0).map(({ name }) => name)
const help = `Usage: npm run bench [-- options]

Measures the upstream directly, nginx (if there is one), a bare Fastify + undici pass-through, and Parley with
everything on, in alternating rounds. A whole run prints its tables and writes docs/performance.md.

  --quick          two short rounds, writes nothing
  --rounds <n>     how many rounds (default 5)
  --only <name>    only this scenario, may be repeated, writes nothing: ${names.join(', ')}
  --seed <n>       other request bodies (default 1)
  --json           prints the figures as JSON, writes nothing
  --help           this text`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const problem = tryFindProblem()
if (values.help) console.log(help)
else if (problem === undefined) process.exitCode = await main()
else {
  console.error(problem)
  process.exitCode = 2
}

function tryFindProblem(): string | undefined {
  const unknown = values.only.find((name) => !names.includes(name))
  if (unknown !== undefined) return `There is no scenario ${unknown}. There are: ${names.join(', ')}`
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)) return '--rounds takes a whole number from 1 on'
  return undefined
}

async function main(): Promise<number> {
  const tell = (text: string) => console.error(text)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
  const upstream = await startUpstream()
  const load = startLoadProcess()
  try {
    const { subjects, missing } = await startSubjects(upstream.origin)
    try {
      const plan: Plan = { subjects, ...choosePlan() }
      const results = await measure(load, plan, tell)
      if (values.json) console.log(JSON.stringify(results, null, 2))
      else await publish(renderReport({ plan, results, missing, at: new Date() }))
      return 0
    } finally {
      await Promise.all(subjects.map((subject) => subject.stop()))
    }
  } finally {
    load.stop()
    await upstream.stop()
  }
}

function choosePlan(): Omit<Plan, 'subjects'> {
  const scenarios = createScenarios(Number(values.seed))
  return {
    scenarios: values.only.length === 0 ? scenarios : scenarios.filter(({ name }) => values.only.includes(name)),
    rounds: Number(values.rounds ?? (values.quick ? 2 : 5)),
    count: values.quick ? 500 : 4_000,
    warmUp: values.quick ? 500 : 2_000,
    longWarmUp: values.quick ? 500 : 20_000,
    concurrency: 16,
    paced: { perSecond: 50, count: values.quick ? 50 : 100 },
  }
}

async function publish(report: string): Promise<void> {
  console.log(report)
  if (values.quick || values.only.length > 0) return
  const before = await readFile(performanceDocument, 'utf8')
  const whole = [pageHeading, dashboardHeading].reduce((document, heading) => {
    const section = sectionOf(before, heading)
    return section === undefined ? document : putSection(document, heading, section)
  }, report)
  await writeFile(performanceDocument, whole)
  console.error(`Written: ${path.relative(process.cwd(), performanceDocument)}`)
}
