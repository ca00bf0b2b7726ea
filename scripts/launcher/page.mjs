/**
 * Builds the page when its sources are others than those that it was last built from. Decided by content, so a checkout
 * of an older state builds that one. Plain JavaScript: it runs before the server, on whatever Node the machine has.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runsNeededNode, tryFindNode } from './node-binary.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const page = path.join(root, 'apps/web')
const mark = path.join(page, 'dist/.built-from')
const sources = ['apps/web', 'packages/contract/src', 'packages/sdk/src', 'package-lock.json']
const notSources = new Set(['dist', 'node_modules', 'test'])

export class PageError extends Error {}

/** Throws `PageError` with what to do about it. PARLEY_NO_BUILD=1: an image brings the page with it. */
export function ensurePageBuilt() {
  if (process.env.PARLEY_NO_BUILD === '1' || !existsSync(path.join(page, 'src/main.tsx'))) return
  const wanted = digestOf(sources.map((source) => path.join(root, source)))
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return
  console.error('Building the page. This takes a few seconds, whenever it has changed.')
  const vite = path.join(root, 'node_modules/vite/bin/vite.js')
  const node = runsNeededNode() ? process.execPath : tryFindNode(root)
  const built = spawnSync(node, [vite, 'build', '--logLevel', 'error'], { cwd: page, stdio: ['ignore', 2, 2] })
  if (built.status !== 0) throw new PageError('The page could not be built; the reason stands above.')
  writeFileSync(mark, wanted)
}

function digestOf(places) {
  const hash = createHash('sha256')
  for (const place of places) for (const file of filesIn(place)) hash.update(`${file}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function filesIn(place) {
  if (!existsSync(place)) return []
  if (path.extname(place) === '.json') return [place]
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => !notSources.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(path.join(place, entry.name)) : [path.join(place, entry.name)]))
}
