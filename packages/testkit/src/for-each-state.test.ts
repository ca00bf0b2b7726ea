import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { forEachState } from './for-each-state.ts'

forEachState('a key prefix of its own', (state) => {
  test('has nothing under it', async (context) => {
    if (state.kind === 'memory') return assert.deepEqual(Object.keys(state), ['kind'])
    const redis = new Redis(state.url)
    context.after(() => redis.quit())
    assert.deepEqual(await redis.keys(`${state.prefix}*`), [])
    await redis.set(`${state.prefix}left-behind`, '1')
  })
})
