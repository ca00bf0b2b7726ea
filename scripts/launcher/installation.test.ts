import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { tempFolder } from '@parley/testkit'

const manifest = { name: 'sample', workspaces: ['packages/*'], dependencies: { alpha: '1.0.0' }, devDependencies: {} }
const workspaceManifest = { name: 'one', dependencies: { beta: '2.0.0' } }
const lock = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'sample', dependencies: { alpha: '1.0.0' } },
    'packages/one': { name: 'one', dependencies: { beta: '2.0.0' } },
    'node_modules/alpha': { version: '1.0.0' },
    'node_modules/beta': { version: '2.0.0' },
    'node_modules/one': { resolved: 'packages/one', link: true },
    'node_modules/tool': { version: '3.0.0', dev: true },
    'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['sunos'] },
  } as Record<string, object>,
}

/** Does what npm does as far as it matters here: folders, then the record of what is installed; notes each call. */
const fakeNpm = `
const fs = require('node:fs')
fs.appendFileSync('calls.txt', process.argv.slice(2).join(' ') + '\\n')
if (fs.existsSync('registry-is-down')) process.exit(1)
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
const packages = {}
for (const [folder, entry] of Object.entries(lock.packages)) {
  if (!folder.startsWith('node_modules/') || entry.optional) continue
  fs.mkdirSync(folder, { recursive: true })
  packages[folder] = entry
}
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
`

async function createCheckout(t: TestContext) {
  const root = tempFolder(t)
  const write = (file: string, content: object) => writeFile(path.join(root, file), JSON.stringify(content))
  await cp(path.resolve(import.meta.dirname, '..'), path.join(root, 'scripts'), { recursive: true })
  await mkdir(path.join(root, 'packages/one'), { recursive: true })
  await writeFile(path.join(root, 'npm.cjs.js'), fakeNpm)
  await write('package.json', manifest)
  await write('packages/one/package.json', workspaceManifest)
  await write('package-lock.json', lock)
  const install = () =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const environment = {
        ...process.env,
        npm_execpath: path.join(root, 'npm.cjs.js'),
        npm_node_execpath: process.execPath,
      }
      const file = path.join(root, 'scripts/install.mjs')
      execFile(process.execPath, [file], { env: environment, cwd: tmpdir() }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      )
    })
  const calls = async () => {
    const text = await readFile(path.join(root, 'calls.txt'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    return text.trim().split('\n').filter(Boolean)
  }
  return { root, write, install, calls }
}

describe('installing', () => {
  test('happens once, and not again however old the files look', async (t) => {
    const { root, install, calls } = await createCheckout(t)
    const first = await install()
    assert.equal(first.code, 0, first.output)
    assert.match(first.output, /Installing packages with npm ci: nothing is installed yet/)
    await utimes(path.join(root, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000))
    assert.deepEqual(await install(), { code: 0, output: '' })
    assert.equal((await calls()).length, 1)
  })

  test('happens again when the lockfile asks for another version', async (t) => {
    const { write, install, calls } = await createCheckout(t)
    await install()
    await write('package-lock.json', {
      ...lock,
      packages: { ...lock.packages, 'node_modules/beta': { version: '2.0.1' } },
    })
    const { output } = await install()
    assert.match(output, /beta is not installed as the lockfile says/)
    assert.equal((await calls()).length, 2)
  })

  test('happens again when a package folder is gone', async (t) => {
    const { root, install } = await createCheckout(t)
    await install()
    await rm(path.join(root, 'node_modules/alpha'), { recursive: true })
    assert.match((await install()).output, /alpha is not installed as the lockfile says/)
  })

  test('uses npm install when a package.json is ahead of the lockfile', async (t) => {
    const { write, install, calls } = await createCheckout(t)
    await write('packages/one/package.json', { ...workspaceManifest, dependencies: { beta: '2.0.0', gamma: '1.0.0' } })
    const { code, output } = await install()
    assert.match(output, /packages\/one\/package.json has changed/)
    assert.match((await calls())[0] ?? '', /^install --/)
    assert.equal(code, 1, 'the fake npm does not update the lockfile, and that is noticed')
  })

  test('leaves the lockfile alone when it lacks the packages of other platforms', async (t) => {
    const { write, install, calls } = await createCheckout(t)
    const tool = { version: '3.0.0', dev: true, optionalDependencies: { 'tool-for-sunos': '3.0.0' } }
    await write('package-lock.json', { ...lock, packages: { ...lock.packages, 'node_modules/tool': tool } })
    assert.equal((await install()).code, 0)
    assert.match((await calls())[0] ?? '', /^install --no-save/)
  })

  test('happens once when two start together', async (t) => {
    const { install, calls } = await createCheckout(t)
    const results = await Promise.all([install(), install()])
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
    )
    assert.equal((await calls()).length, 1)
    assert.match(results.map(({ output }) => output).join(''), /Another installation is running/)
  })

  test('takes over the lock of a process that has died', async (t) => {
    const { root, install } = await createCheckout(t)
    const dead = 2 ** 22 + 1
    await mkdir(path.join(root, '.tmp'))
    await writeFile(path.join(root, '.tmp/install.lock'), `${dead} 0`)
    assert.equal((await install()).code, 0)
  })

  test('says what to do when it fails', async (t) => {
    const { root, install } = await createCheckout(t)
    await writeFile(path.join(root, 'registry-is-down'), '')
    const { code, output } = await install()
    assert.equal(code, 1)
    assert.match(output, /npm ci failed[\s\S]*npm ping[\s\S]*Try again by hand/)
    assert.doesNotMatch(output, /at .*installation\.mjs/, 'no stack trace')
  })
})
