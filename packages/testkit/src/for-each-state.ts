import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'

export type TestState = { kind: 'memory' } | { kind: 'redis'; url: string; prefix: string }

const noRedis = 'no Redis: TEST_REDIS_URL is not set'

/** Declares the same tests once in memory and once on Redis, there under a key prefix of their own that is emptied afterwards. */
export function forEachState(name: string, declare: (state: TestState) => void): void {
  void describe(`${name} in memory`, () => declare({ kind: 'memory' }))
  const url = process.env['TEST_REDIS_URL']
  if (url === undefined || url === '') {
    void test(`${name} on Redis`, { skip: noRedis })
    return
  }
  void describe(`${name} on Redis`, () => {
    const prefix = `parley-test-${randomBytes(6).toString('hex')}:`
    after(() => deleteKeys(url, prefix))
    declare({ kind: 'redis', url, prefix })
  })
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.del(...keys)
    }
  } finally {
    await redis.quit()
  }
}
