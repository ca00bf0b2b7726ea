import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '@parley/testkit'
import { DataDirInUseError, lockDataDir } from './instance-lock.ts'

test('a data folder has one master, and the next one when he has gone', async (context) => {
  const dataDir = join(tempFolder(context), 'made', 'on the way')
  const first = await lockDataDir(dataDir)
  await assert.rejects(lockDataDir(dataDir), DataDirInUseError)
  await first[Symbol.asyncDispose]()
  const second = await lockDataDir(dataDir)
  await second[Symbol.asyncDispose]()
  assert.equal(existsSync(join(dataDir, 'parley.pid')), false)
})

test('the error names the process, and kill -9 of that frees the folder', async (context) => {
  const dataDir = tempFolder(context)
  const program = `
    import { lockDataDir } from ${JSON.stringify(new URL('instance-lock.ts', import.meta.url).href)}
    await lockDataDir(${JSON.stringify(dataDir)})
    console.log('locked')
    setInterval(() => {}, 1_000_000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await assert.rejects(lockDataDir(dataDir), (error: Error) => {
    assert.ok(error instanceof DataDirInUseError)
    assert.match(error.message, new RegExp(`process ${child.pid}\\).*${dataDir}`))
    return true
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await using lock = await lockDataDir(dataDir)
  assert.ok(lock)
})
