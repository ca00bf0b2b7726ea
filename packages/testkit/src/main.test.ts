import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fetchWhole } from './http-client.ts'

test('the program says where it serves, answers, and ends on SIGTERM', async () => {
  const program = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(program, 'exit')
  try {
    const [line] = (await once(program.stdout, 'data')) as [Buffer]
    const url = /http:\S+/.exec(line.toString())?.[0] ?? ''
    const body = { model: 'm', messages: [{ role: 'user', content: '/words 2' }] }
    assert.equal((await fetchWhole(`${url}/v1/messages`, { body })).status, 200)
    const { calls } = (await fetchWhole(`${url}/__served`)).json as { calls: { usage: { output: number } }[] }
    assert.equal(calls[0]?.usage.output, 2)
  } finally {
    program.kill('SIGTERM')
  }
  assert.deepEqual(await exit, [0, null])
})
