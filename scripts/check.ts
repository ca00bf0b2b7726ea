/** `npm run check`: everything that can be said about the code without running it. All problems are listed at once. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checkArchitecturePage } from './check/architecture-page.ts'
import { checkDecisionRecords } from './check/decision-records.ts'
import { checkExceptions } from './check/exceptions.ts'
import { checkLayers } from './check/layers.ts'
import { checkNamedPaths } from './check/named-paths.ts'
import { runTool } from './check/run-tool.ts'
import { openRepository, stagedFiles } from './check/source-files.ts'
import { checkUnusedTexts } from './check/unused-texts.ts'

interface Check {
  name: string
  run: () => Promise<string[]> | string[]
}

const root = path.resolve(import.meta.dirname, '..')
const help = `Usage: npm run check [-- --quick]

Format, lint with the size gates, types, import layers, exceptions, docs/ARCHITECTURE.md, decision records,
paths that documents name, unused texts.
  --quick   only format and lint, only of the files staged for a commit (what the git hook runs)

npm run format puts the format right.`

const { values } = parseArgs({ options: { help: { type: 'boolean' }, quick: { type: 'boolean' } } })

if (values.help) console.log(help)
else process.exitCode = await runChecks(values.quick ? quickChecks() : allChecks())

function allChecks(): Check[] {
  const repository = openRepository(root)
  return [
    { name: 'format', run: () => runTool(root, 'biome', ['format', '.']) },
    { name: 'lint', run: () => runTool(root, 'oxlint', ['--type-aware', '--deny-warnings']) },
    { name: 'types', run: () => runTool(root, 'tsc', ['--noEmit', '-p', '.']) },
    { name: 'types of the page', run: () => runTool(root, 'tsc', ['--noEmit', '-p', 'apps/web']) },
    { name: 'layers', run: () => checkLayers(repository) },
    { name: 'exceptions', run: () => checkExceptions(repository) },
    { name: 'architecture page', run: () => checkArchitecturePage(repository) },
    { name: 'decision records', run: () => checkDecisionRecords(repository) },
    { name: 'paths that documents name', run: () => checkNamedPaths(repository) },
    { name: 'unused texts', run: () => checkUnusedTexts(repository) },
  ]
}

function quickChecks(): Check[] {
  const staged = stagedFiles(root)
  const sources = staged.filter((file) => /\.(ts|tsx|js|mjs)$/.test(file))
  const formatted = [...sources, ...staged.filter((file) => /\.(json|css)$/.test(file))]
  const checks: Check[] = []
  if (formatted.length > 0) {
    const parameters = ['format', '--no-errors-on-unmatched', ...formatted]
    checks.push({ name: 'format', run: () => runTool(root, 'biome', parameters) })
  }
  if (sources.length > 0) {
    const parameters = ['--type-aware', '--deny-warnings', '--no-error-on-unmatched-pattern', ...sources]
    checks.push({ name: 'lint', run: () => runTool(root, 'oxlint', parameters) })
  }
  return checks
}

async function runChecks(checks: Check[]): Promise<number> {
  const started = Date.now()
  const results = await Promise.all(checks.map(async ({ name, run }) => ({ name, problems: await run() })))
  for (const { name, problems } of results) {
    console.log(`${problems.length === 0 ? '✔' : '✖'} ${name}`)
    for (const problem of problems) console.error(problem.replace(/^/gm, '  '))
  }
  const failed = results.filter(({ problems }) => problems.length > 0)
  const verdict = failed.length === 0 ? 'All good' : `Not good: ${failed.map(({ name }) => name).join(', ')}`
  console.log(`${verdict} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  return failed.length === 0 ? 0 : 1
}
