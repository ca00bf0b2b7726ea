/** `npm test`: starts what the tests need, runs them, says what was skipped and why, stops what it started. */
import { globSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runTestFiles, type TestOutcome } from './test/run-files.ts'
import { type MissingService, startTestServices } from './test/services.ts'

const root = path.resolve(import.meta.dirname, '..')
const help = `Usage: npm test [-- [--name <regular expression>] [part of a path …]]

Runs every *.test.ts of apps, packages, scripts and bench, or those whose path contains one of the parts.
  --name <expression>   only tests whose name matches

PostgreSQL comes with the packages; a redis-server on the PATH is used if there is one.
Environment:
  TEST_POSTGRES_URL, TEST_REDIS_URL   use these servers instead
  CHROMIUM_PATH                       the browser for tests of the page
  PARLEY_REQUIRE_ALL=1                anything missing or skipped is a failure (CI)`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, name: { type: 'string' } },
})

if (values.help) console.log(help)
else process.exitCode = await main()

async function main(): Promise<number> {
  const files = findTestFiles(positionals)
  if (files.length === 0) {
    console.error(`No test file matches ${positionals.join(' ') || '*.test.ts'}.`)
    return 1
  }
  const requireAll = process.env.PARLEY_REQUIRE_ALL === '1'
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped.abort())

  const services = await startTestServices()
  try {
    if (requireAll && services.missing.length > 0) {
      for (const { name, reason } of services.missing) console.error(`missing: ${name} (${reason})`)
      return 1
    }
    Object.assign(process.env, services.environment)
    const pattern = values.name === undefined ? {} : { namePattern: values.name }
    const outcome = await runTestFiles({ files: longestFirst(files), signal: stopped.signal, ...pattern })
    reportSkipped(outcome, services.missing)
    if (stopped.signal.aborted) return 130
    return outcome.success && !(requireAll && outcome.skipped.length > 0) ? 0 : 1
  } finally {
    await services.stop()
  }
}

/** Those that take longest are begun first, so that none of them runs alone at the end. */
function longestFirst(files: readonly string[]): string[] {
  const isLong = (file: string) => file.includes(path.join('apps', 'web', 'test'))
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))]
}

function findTestFiles(parts: string[]): string[] {
  const pattern = '{apps,packages,scripts,bench}/**/*.test.ts'
  const exclude = (file: string) => /(^|[\\/])node_modules([\\/]|$)/.test(file)
  const files = globSync(pattern, { cwd: root, exclude })
  const chosen = parts.length === 0 ? files : files.filter((file) => parts.some((part) => file.includes(part)))
  return chosen.sort().map((file) => path.join(root, file))
}

function reportSkipped({ skipped }: TestOutcome, missing: MissingService[]): void {
  for (const { name, reason } of missing) console.log(`skipped: ${name} (${reason})`)
  for (const { name, file, reason } of skipped) {
    console.log(`skipped: ${name} in ${path.relative(root, file)} (${reason})`)
  }
}
