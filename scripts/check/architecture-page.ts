/**
 * docs/ARCHITECTURE.md is true: its tree names every folder that a reader meets first, each with a line about it, and
 * nothing that does not exist. A tree is a code block that begins with a folder; what stands deeper than a child
 * would is the rest of the line before it.
 */
import path from 'node:path'
import type { Repository } from './source-files.ts'

const page = 'docs/ARCHITECTURE.md'
/** Folders whose own folders must all be in the tree. */
const openedFolders = ['', 'apps', 'packages', 'apps/server/src']

interface TreeEntry {
  path: string
  description: string
}

export function checkArchitecturePage(repository: Repository): string[] {
  if (!repository.files.includes(page)) return [`${page} is missing`]
  const entries = readTree(repository.read(page))
  const paths = new Set(repository.files.flatMap(withParents))
  const described = new Set(entries.flatMap((entry) => withParents(entry.path)))
  const missing = openedFolders
    .flatMap((folder) => foldersIn(folder, paths, repository.files))
    .filter((folder) => !described.has(folder))
    .map((folder) => `${page} does not say what ${folder}/ is`)
  const untrue = entries
    .filter((entry) => !paths.has(entry.path))
    .map((entry) => `${page} names ${entry.path}, which does not exist`)
  const silent = entries
    .filter((entry) => !entry.description && !entries.some((other) => other.path.startsWith(`${entry.path}/`)))
    .map((entry) => `${page} says nothing about ${entry.path}`)
  return [...missing, ...untrue, ...silent]
}

export function readTree(markdown: string): TreeEntry[] {
  const blocks = [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')
  return blocks.filter((block) => /^[\w.@-][\w.@/-]*\/(\s|$)/.test(block)).flatMap(readBlock)
}

function readBlock(block: string): TreeEntry[] {
  const entries: TreeEntry[] = []
  let open: { indent: number; path: string }[] = []
  for (const line of block.split('\n')) {
    const match = /^( *)(\S+)(?: {2,}(.*))?$/.exec(line)
    const indent = match?.[1]?.length ?? 0
    const last = open.at(-1)
    if (!match || (last && indent > last.indent + 2)) continue
    open = open.filter((entry) => entry.indent < indent)
    const full = path.posix.join(open.at(-1)?.path ?? '', match[2] ?? '').replace(/\/$/, '')
    open.push({ indent, path: full })
    entries.push({ path: full, description: match[3] ?? '' })
  }
  return entries
}

function foldersIn(folder: string, paths: Set<string>, files: string[]): string[] {
  const isFile = new Set(files)
  const parent = folder || '.'
  return [...paths].filter((entry) => path.posix.dirname(entry) === parent && entry !== '.' && !isFile.has(entry))
}

function withParents(file: string): string[] {
  const parts = file.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
