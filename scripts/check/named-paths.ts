/**
 * Every file and folder that a document names is there: what links lead to, seen from the document, and what stands in
 * backticks, seen from the root, from the server's sources, or as the end of a path (`run-reader.ts`).
 */
import path from 'node:path'
import type { Repository } from './source-files.ts'

const server = 'apps/server/src/'
/** What a name must end with to be a file of ours: data folders and other people's projects have files, too. */
const sourceName = /\w\.(ts|tsx|mjs|cjs|md|yml|conf|service)$/
const pathLike = /^(?:[\w.-]+\/)*\.?\w[\w.-]*\/?$/

export function checkNamedPaths(repository: Repository): string[] {
  const places = placesOf(repository.files)
  return repository.files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const text = withoutBlocks(repository.read(file))
      const dead = linksOf(text, file).filter((place) => !places.isAt(place))
      const unknown = namesOf(text, places).filter((name) => !places.isKnown(name))
      return [...new Set([...dead, ...unknown])].map((name) => `${file} names ${name}, which is missing`)
    })
}

/** Commands and examples speak of other places. */
function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```/gms, '')
}

function linksOf(text: string, file: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => path.posix.join(path.posix.dirname(file), target))
}

function namesOf(text: string, places: Places): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => pathLike.test(name))
    .filter((name) => sourceName.test(name) || (name.includes('/') && places.isFirst(name.split('/')[0] ?? '')))
}

interface Places {
  /** From the root. */
  isAt(place: string): boolean
  /** From wherever somebody begins to name it. */
  isKnown(name: string): boolean
  /** Whether paths of ours begin with this folder. */
  isFirst(folder: string): boolean
}

function placesOf(files: readonly string[]): Places {
  const whole = new Set<string>()
  const pieces = new Set<string>()
  const firsts = new Set<string>()
  for (const file of files) {
    const parts = file.split('/')
    for (let to = 1; to <= parts.length; to += 1) {
      whole.add(parts.slice(0, to).join('/'))
      for (let from = 0; from < to; from += 1) pieces.add(parts.slice(from, to).join('/'))
    }
    if (parts.length > 1) firsts.add(parts[0] ?? '')
    const [folder, ...rest] = file.startsWith(server) ? file.slice(server.length).split('/') : []
    if (folder !== undefined && rest.length > 0) firsts.add(folder)
  }
  return {
    isAt: (place) => whole.has(withoutSlash(place)),
    isKnown: (name) => pieces.has(withoutSlash(name)),
    isFirst: (folder) => firsts.has(folder),
  }
}

function withoutSlash(name: string): string {
  return name.replace(/\/$/, '')
}
