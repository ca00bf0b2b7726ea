import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from '../testing/chat-harness.ts'

const program = new URL('../testing/talking-process.ts', import.meta.url).pathname
const runCount = 50

forEachDatabase('kill -9 while 50 runs talk', (database) => {
  it('takes back no word that a reader has seen', async () => {
    const child = spawn(process.execPath, [program, JSON.stringify([database, runCount])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const seen = new Map<string, string>()
    let nodeId = ''
    let count = 0
    for await (const line of createInterface(child.stdout)) {
      if (nodeId === '') nodeId = line
      else {
        const [messageId, text] = JSON.parse(line) as [string, string]
        seen.set(messageId, (seen.get(messageId) ?? '') + text)
        count += 1
        if (count === 20 * runCount) child.kill('SIGKILL')
      }
    }
    assert.equal(seen.size, runCount)

    await using harness = await openChat(database)
    assert.equal(await harness.chat.recoverRuns([nodeId]), runCount)
    assert.equal(await harness.chat.recoverRuns([nodeId]), 0)
    for (const [messageId, text] of seen) {
      const message = await harness.chat.messages.get(messageId)
      assert.equal(message.status, 'interrupted')
      assert.equal(message.content.slice(0, text.length), text)
    }
  })
})
