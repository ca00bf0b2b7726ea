import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLine, settledLine, tryReadLine } from './ahead-lines.ts'
import type { OpenRow, SettledRow } from './journal.ts'

const open: OpenRow = {
  id: 'call',
  nodeId: 'node',
  at: 1,
  userId: null,
  keyId: 'key',
  conversationId: 'conversation',
  model: '模型 "x"',
  wire: 'anthropic',
  isStream: true,
  estimatedTokens: 2,
}

const counts = {
  input: 1,
  output: 2,
  cacheRead: 3,
  cacheWrite5m: 4,
  cacheWrite1h: 5,
  thinking: 6,
  audioInput: 7,
  audioOutput: 8,
  webSearches: 9,
  fileSearches: 10,
}

const usage = { ...counts, serviceTier: 'flex' }

const settled: SettledRow = {
  id: 'call',
  at: 1,
  userId: 'user',
  keyId: null,
  model: 'model',
  wire: 'gemini',
  settledAt: 2,
  accountId: 'account',
  upstreamModel: 'upstream model',
  httpStatus: 200,
  endReason: 'done',
  errorCode: null,
  usage,
  usageSource: 'upstream',
  contentLength: 3,
  costNanos: 4,
  chargedNanos: 5,
  priceSource: 'admin@3',
  price: { ...counts, source: 'admin@3' },
  firstByteMs: 6,
  durationMs: 7,
  attempts: 8,
  failedAttempts: [{ attempt: 1, accountId: 'other', upstreamModel: 'model', usage, costNanos: 9 }],
  planned: { planId: 'plan', sentMs: 10 },
}

test('rows are read as they were written', () => {
  assert.deepEqual(tryReadLine(openLine(open)), { open })
  assert.deepEqual(tryReadLine(settledLine(settled)), { settled })
})

test('what a call does not have it does not have when it is read', () => {
  const bare = { ...settled, price: undefined, failedAttempts: undefined, planned: undefined }
  assert.deepEqual(tryReadLine(settledLine(bare)), { settled: bare })
})

test('lines with names, as older versions wrote them, are read too', () => {
  assert.deepEqual(tryReadLine(JSON.stringify({ open })), { open })
  assert.deepEqual(tryReadLine(JSON.stringify({ settled })), { settled })
})

test('lines of versions that counted only tokens have no searches and no tier', () => {
  const { webSearches: _, fileSearches: __, ...tokens } = counts
  const usage = { ...tokens, webSearches: 0, fileSearches: 0, serviceTier: null }
  const price = { ...tokens, source: 'admin@3' }
  const line = JSON.parse(settledLine(settled)) as unknown[]
  const older = line.map((value) =>
    Array.isArray(value) && value.length > 8 && typeof value[0] === 'number'
      ? typeof value[8] === 'string'
        ? value.slice(0, 9)
        : value.slice(0, 8)
      : value,
  )
  assert.deepEqual(tryReadLine(JSON.stringify(older)), { settled: { ...settled, usage, price } })
  const named = { settled: { ...settled, usage: tokens, price } }
  assert.deepEqual(tryReadLine(JSON.stringify(named)), { settled: { ...settled, usage, price } })
})

test('a line that was cut off is none', () => {
  assert.equal(tryReadLine(openLine(open).slice(0, -1)), undefined)
})
