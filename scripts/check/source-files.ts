import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** A repository as the checks see it: its files, without what git ignores. */
export interface Repository {
  root: string
  /** Relative, with forward slashes. */
  files: string[]
  read(file: string): string
}

export function openRepository(root: string): Repository {
  const listed = git(root, ['ls-files', '--cached', '--others', '--exclude-standard', '-z'])
  return {
    root,
    files: listed.filter((file) => existsSync(path.join(root, file))),
    read: (file) => readFileSync(path.join(root, file), 'utf8'),
  }
}

/** Files about to be committed. */
export function stagedFiles(root: string): string[] {
  return git(root, ['diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z'])
}

function git(root: string, parameters: string[]): string[] {
  const output = execFileSync('git', parameters, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return [...new Set(output.split('\0').filter(Boolean))]
}

/** A repository in memory, for the checks' own tests. */
export function repositoryOf(contents: Record<string, string>): Repository {
  return { root: '/', files: Object.keys(contents), read: (file) => contents[file] ?? '' }
}
