/** Every gate is shown to fire, on a sample that breaks it: a gate that cannot fail is no gate. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tempFolder } from '@parley/testkit'

const root = path.resolve(import.meta.dirname, '../..')
const lines = (count: number, line: string) => Array.from({ length: count }, () => line).join('\n')

const samples: Record<string, string> = {
  'eslint(max-lines-per-function)': `export function long(): number {\nlet a = 0\n${lines(80, 'a += 1')}\nreturn a\n}`,
  'eslint(max-lines)': `let a = 0\n${lines(500, 'a += 1')}\nexport { a }`,
  'eslint(max-depth)': `export function deep(a: number): number {
    if (a > 1) { if (a > 2) { if (a > 3) { if (a > 4) { if (a > 5) { return 1 } } } } }
    return 2 }`,
  'eslint(max-params)':
    'export const sum = (a: number, b: number, c: number, d: number, e: number) => a + b + c + d + e',
  'eslint(no-empty)': 'export function f(g: () => void) { try { g() } catch {} }',
  'eslint(eqeqeq)': 'export const same = (a: unknown, b: unknown) => a == b',
  'eslint(no-var)': 'export function f() { var a = 1; return a }',
  'eslint(prefer-const)': 'export function f() { let a = 1; return a }',
  'typescript(no-explicit-any)': 'export const f = (a: any) => a',
  'typescript(no-non-null-assertion)': 'export const f = (a: string | undefined) => a!.length',
  'typescript(no-floating-promises)': 'async function f() {}\nexport function g() { f() }',
  'typescript(no-misused-promises)':
    'async function f() { return true }\nexport function g() { if (f()) return 1; return 2 }',
  'typescript(await-thenable)': 'export async function f(a: number) { await a }',
  'typescript(consistent-type-imports)': `import { Server } from 'node:net'\nexport const f = (a: Server) => a`,
  'node(no-process-env)': 'export const a = process.env.HOME',
  'eslint(no-restricted-imports)': `import { env } from 'node:process'\nexport const a = env`,
  'import(no-cycle)': `import type { B } from './cycle-b.ts'\nexport const a = (b: B) => b`,
}

interface Report {
  diagnostics: { code: string; filename: string }[]
}

function lint(folder: string): Promise<Report> {
  const program = path.join(root, 'node_modules/oxlint/bin/oxlint')
  const parameters = [program, '--type-aware', '--format', 'json', '--config', path.join(root, '.oxlintrc.json'), 'src']
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      parameters,
      { cwd: folder, maxBuffer: 16 * 1024 * 1024, timeout: 60_000 },
      (error, stdout, stderr) => {
        if (!stdout.startsWith('{')) reject(new Error(`oxlint said: ${stdout}${stderr}`, { cause: error }))
        else resolve(JSON.parse(stdout))
      },
    )
  })
}

const fileOf = (rule: string) => `src/${rule.replace(/\W+/g, '-').replace(/-$/, '')}.ts`

describe('the linter', () => {
  const folder = tempFolder({ after })
  let report: Report
  const hits = (file: string) =>
    report.diagnostics
      .filter(({ filename }) => filename.endsWith(file))
      .map(({ code }) => code.replace(/^[\w-]*eslint-/, ''))

  before(async () => {
    await mkdir(path.join(folder, 'src'))
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
    const write = (file: string, text: string) => writeFile(path.join(folder, file), text)
    await write('tsconfig.json', JSON.stringify({ extends: path.join(root, 'tsconfig.json'), include: ['.'] }))
    await Promise.all(Object.entries(samples).map(([rule, text]) => write(fileOf(rule), text)))
    await write('src/cycle-b.ts', `import { a } from '../${fileOf('import(no-cycle)')}'\nexport type B = typeof a`)
    await write('src/long.test.ts', samples['eslint(max-lines-per-function)'] ?? '')
    await write('src/good.ts', 'export const sum = (a: number, b: number): number => a + b\n')
    report = await lint(folder)
  })

  for (const rule of Object.keys(samples)) {
    test(`refuses what ${rule} forbids`, () => assert.ok(hits(fileOf(rule)).includes(rule), hits(fileOf(rule)).join()))
  }

  test('lets tests have long functions', () => assert.deepEqual(hits('src/long.test.ts'), []))

  test('has nothing to say about good code', () => assert.deepEqual(hits('src/good.ts'), []))
})
