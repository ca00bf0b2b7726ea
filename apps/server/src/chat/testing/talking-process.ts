/**
 * A process that talks until it is killed: many runs at once, and a reader of each who writes down what it has seen.
 * Its first line is the node's id, every other one what a reader got: message id and text, as JSON.
 */
import { writeSync } from 'node:fs'
import type { TestDatabase } from '@parley/testkit'
import { openChat } from './chat-harness.ts'

const [database, runCount] = JSON.parse(process.argv[2] ?? '') as [TestDatabase, number]
const harness = await openChat(database)
const { chat, engine, userId, nodeId } = harness

engine.script = async (call) => {
  for (let word = 0; !call.signal.aborted; word += 1) {
    await call.say(`字${word} `)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function talk(): Promise<void> {
  const conversationId = await harness.newConversation()
  const { runId, messageId } = await chat.replies.send({ userId, conversationId, content: 'talk', language: 'en' })
  for await (const events of chat.runs.read(runId, { after: 0, signal: new AbortController().signal })) {
    const text = events.map(({ event }) => (event.type === 'text' ? event.text : '')).join('')
    if (text !== '') writeSync(1, `${JSON.stringify([messageId, text])}\n`)
  }
}

writeSync(1, `${nodeId}\n`)
await Promise.all(Array.from({ length: runCount }, talk))
