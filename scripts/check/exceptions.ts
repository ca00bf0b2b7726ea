/**
 * The gates have no exceptions: no comment turns a rule off, and no error is swallowed in the ways that the linter's
 * own rule lets through (a block with only a comment in it, `.catch(() => {})`).
 */
import type { Repository } from './source-files.ts'

const comments = String.raw`(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*`
const patterns: { pattern: RegExp; problem: string; inTests: boolean }[] = [
  {
    pattern: /(?:oxlint|eslint)-(?:disable|enable)|biome-ignore|@ts-(?:ignore|nocheck)/g,
    problem: 'turns a check off',
    inTests: true,
  },
  // A test may show that something does not compile.
  { pattern: /@ts-expect-error/g, problem: 'turns a check off', inTests: false },
  {
    pattern: new RegExp(String.raw`\bcatch\s*(?:\([^)]*\)\s*)?\{${comments}\}`, 'g'),
    problem: 'swallows an error',
    inTests: true,
  },
  {
    pattern: new RegExp(String.raw`\.catch\(\s*(?:async\s*)?(?:\([^)]*\)|\w+)\s*=>\s*\{${comments}\}`, 'g'),
    problem: 'swallows an error',
    inTests: true,
  },
]

export function checkExceptions(repository: Repository): string[] {
  // This check's own files, and the samples for the linter, are full of what it looks for.
  const sources = repository.files.filter(
    (file) => /\.(ts|tsx|js|mjs)$/.test(file) && !/^scripts\/check\/(exceptions|lint-gates)\./.test(file),
  )
  return sources.flatMap((file) => {
    const text = repository.read(file)
    const isTest = /\.test\.tsx?$/.test(file)
    return patterns
      .filter(({ inTests }) => inTests || !isTest)
      .flatMap(({ pattern, problem }) =>
        [...text.matchAll(pattern)].map((match) => `${file}:${lineAt(text, match.index)} ${problem}: ${match[0]}`),
      )
  })
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
