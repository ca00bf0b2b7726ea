/**
 * The layer rules of docs/ARCHITECTURE.md, read off the import statements. The server's folders may import what lies
 * below them, never beside or above; packages may import the packages named here; nobody reaches into another package
 * by a relative path, not even a test.
 */
import path from 'node:path'
import type { Repository } from './source-files.ts'

const server = 'apps/server/src'

/** The files that lie in no folder: main, app, and what they are made of. They know all parts, and no part knows them. */
const startUp = 'start-up'

/** From the top down. Folders in the same row are siblings and do not know each other. */
const serverLayers: readonly (readonly string[])[] = [
  [startUp],
  ['chat', 'relay', 'admin', 'cli'],
  ['identity', 'keys', 'catalog', 'upstreams', 'ledger'],
  ['http'],
  ['store', 'state'],
  ['config'],
]

/** What chat may know of the engine: how to call it, and what a call is. */
const engineEntries = [`${server}/relay/engine.ts`, `${server}/relay/exchange.ts`]

const packageImports: Record<string, readonly string[]> = {
  'apps/server': ['contract', 'wires'],
  'apps/web': ['contract', 'sdk'],
  'packages/contract': [],
  'packages/wires': [],
  'packages/sdk': [],
  'packages/testkit': ['wires'],
}

export function checkLayers(repository: Repository): string[] {
  return repository.files
    .filter((file) => /\.(ts|tsx|mts|mjs)$/.test(file))
    .flatMap((file) =>
      readImports(repository.read(file)).flatMap((specifier) => {
        const problem = refuse(file, specifier)
        return problem === undefined ? [] : [`${file} imports ${specifier}: ${problem}`]
      }),
    )
}

/** Import and export statements, and `import()` of a plain string. */
export function readImports(text: string): string[] {
  const statements = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm
  const bare = /\bimport\s*\(?\s*['"]([^'"]+)['"]/g
  return [...text.matchAll(statements), ...text.matchAll(bare)].map((match) => match[1] ?? '')
}

function refuse(file: string, specifier: string): string | undefined {
  const home = packageOf(file)
  const isTest = isTestCode(file)
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier)
    if (packageOf(target) !== home) return 'another package is imported by its name'
    if (!isTest && isTestCode(target)) return 'only tests import what is made for tests'
    if (!isTest && file.startsWith(`${server}/`)) return refuseInServer(file, target)
    return undefined
  }
  return home === undefined || isTest ? undefined : refusePackage(file, home, specifier)
}

/** Tests, and the folders named `testing` with what several of them need. */
function isTestCode(file: string): boolean {
  return /\.test\.tsx?$|(^|\/)testing\//.test(file) || file.startsWith('apps/server/test/')
}

function packageOf(file: string): string | undefined {
  return /^(?:apps|packages)\/[^/]+/.exec(file)?.[0]
}

/** Of Node's modules, those that compute and nothing else. */
const pureModules: ReadonlySet<string> = new Set(['node:crypto', 'node:string_decoder'])

function refusePackage(file: string, home: string, specifier: string): string | undefined {
  if (specifier.startsWith('@parley/')) {
    const name = specifier.split('/')[1] ?? ''
    const allowed = packageImports[home] ?? []
    return allowed.includes(name) || home.endsWith(`/${name}`) ? undefined : `${home} may not know ${name}`
  }
  if (file.startsWith('packages/wires/src/') && !pureModules.has(specifier))
    return 'the wires are pure: they import nothing'
  return undefined
}

function refuseInServer(file: string, target: string): string | undefined {
  const from = partOf(file)
  const to = partOf(target)
  if (from === to || engineIsEntered(from, target)) return undefined
  const fromLayer = layerOf(from)
  const toLayer = layerOf(to)
  if (fromLayer === -1) return `${from} has no layer: give it one in scripts/check/layers.ts`
  if (toLayer === -1) return `${to} has no layer: give it one in scripts/check/layers.ts`
  if (from === 'chat' && to === 'upstreams') return 'chat calls models through the engine, never an upstream'
  if (fromLayer < toLayer) return undefined
  return fromLayer === toLayer ? `${from} and ${to} are siblings` : `${to} lies above ${from}`
}

function engineIsEntered(from: string, target: string): boolean {
  return from === 'chat' && engineEntries.includes(target)
}

/** The folder right under the server's source folder. */
function partOf(file: string): string {
  const [folder = '', ...rest] = path.posix.relative(server, file).split('/')
  return rest.length === 0 ? startUp : folder
}

function layerOf(part: string): number {
  return serverLayers.findIndex((layer) => layer.includes(part))
}
