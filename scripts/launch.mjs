/**
 * Runs a TypeScript file on Node 24 or newer, whatever Node the machine has, after installing what is missing (npm
 * runs no `pre…` scripts under `ignore-scripts`, so it cannot be left to one). Plain JavaScript without dependencies.
 *
 * When the running Node is new enough the file is imported into this very process, so it must do its work when
 * imported and not ask `import.meta.main`. Otherwise the Node in node_modules runs it as a child, and this process
 * is transparent: same terminal, same signals, same exit. Should this process be killed outright, the child is told
 * by the closing channel and stops in good order (`launcher/stop-with-parent.mjs`).
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { enableGitHooks } from './launcher/git-hooks.mjs'
import { ensureInstalled, InstallError } from './launcher/installation.mjs'
import { nodeVersionNeeded, runsNeededNode, tryFindNode } from './launcher/node-binary.mjs'
import { ensurePageBuilt, PageError } from './launcher/page.mjs'
import { stopWhenOrphaned } from './launcher/stop-with-parent.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const preload = new URL('launcher/child.mjs', import.meta.url).href
const help = `Usage: node scripts/launch.mjs [node flags] <file.ts> [arguments]

Runs <file.ts> (relative to the repository) on Node ${nodeVersionNeeded} or newer: this one, or the one in node_modules.
Packages that are missing are installed first (PARLEY_NO_INSTALL=1: never), and the page is built if the file shows
it and it has changed (PARLEY_NO_BUILD=1: never).
Example: node scripts/launch.mjs --watch apps/server/src/main.ts`

/** What serves the page, or tests it. */
const pageFiles = ['apps/server/src/main.ts', 'scripts/test.ts', 'scripts/screenshots.ts', 'bench/page.ts']
const showsPage = new Set(pageFiles.map((file) => path.normalize(file)))

const given = process.argv.slice(2)
const position = given.findIndex((argument) => !argument.startsWith('-'))

if (position === -1) {
  const asked = given.includes('--help')
  if (asked) console.log(help)
  else console.error(help)
  process.exitCode = asked ? 0 : 2
} else {
  const flags = given.slice(0, position)
  const file = path.resolve(root, given[position])
  await launch(flags, file, given.slice(position + 1))
}

async function launch(flags, file, parameters) {
  if (!(await isReady(file))) return
  if (process.env.npm_lifecycle_event) stopWhenOrphaned()
  if (runsNeededNode() && flags.length === 0) {
    process.argv = [process.execPath, file, ...parameters]
    const { useCompileCache } = await import('./launcher/compile-cache.mjs')
    useCompileCache()
    await import(pathToFileURL(file).href)
    return
  }
  const binary = runsNeededNode() ? process.execPath : tryFindNode(root)
  if (binary) runAsChild(binary, [...flags, file, ...parameters])
  else {
    console.error(`Parley needs Node ${nodeVersionNeeded} or newer, and this is ${process.version}.`)
    console.error('Install it into this folder with:  npm ci --include=optional')
    process.exitCode = 1
  }
}

async function isReady(file) {
  const withDevelopment = !path.relative(root, file).startsWith('apps')
  try {
    await ensureInstalled({ withDevelopment })
    if (withDevelopment) enableGitHooks()
    if (showsPage.has(path.relative(root, file))) ensurePageBuilt()
    return true
  } catch (error) {
    if (!(error instanceof InstallError || error instanceof PageError)) throw error
    console.error(error.message)
    process.exitCode = 1
    return false
  }
}

function runAsChild(binary, parameters) {
  const child = spawn(binary, ['--import', preload, ...parameters], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) {
    process.on(signal, () => {
      // Ctrl-C at a terminal reaches the child by itself. Twice would mean "at once" to most programs.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`Cannot run ${binary}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    process.exitCode = 128 + (constants.signals[signal] ?? 0)
    for (const forwarded of signals) process.removeAllListeners(forwarded)
    process.kill(process.pid, signal)
  })
}
