import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentHeaders } from './headers.ts'

describe('the headers that an upstream is sent', () => {
  const slot = { defaultHeaders: { 'anthropic-version': '2023-06-01' }, headers: { 'user-agent': 'team', 'x-a': 'b' } }

  test("are the caller's over what is usual, and the account's over the caller's", () => {
    const asked = { 'anthropic-version': '2026-01-01', 'user-agent': 'agent', 'anthropic-beta': 'a' }
    assert.deepEqual(sentHeaders(slot, asked), {
      'content-type': 'application/json',
      'anthropic-version': '2026-01-01',
      'user-agent': 'team',
      'anthropic-beta': 'a',
      'x-a': 'b',
    })
  })

  test("have the caller's beta features beside the account's", () => {
    const account = { ...slot, headers: { 'anthropic-beta': 'context-1m' } }
    assert.equal(sentHeaders(account, { 'anthropic-beta': 'a,b' })['anthropic-beta'], 'a,b,context-1m')
    assert.equal(sentHeaders(account, {})['anthropic-beta'], 'context-1m')
  })
})
