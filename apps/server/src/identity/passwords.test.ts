import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPasswords } from './passwords.ts'

const options = { minimumLength: 8, areCommonAllowed: false }

describe('passwords', () => {
  it('are argon2id hashes that only the password fits', async () => {
    const passwords = createPasswords(options)
    const hash = await passwords.hash('correct horse 电池')
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.equal(await passwords.verify('correct horse 电池', hash), true)
    assert.equal(await passwords.verify('correct horse', hash), false)
    assert.notEqual(hash, await passwords.hash('correct horse 电池'))
  })

  it('are never right for somebody who does not exist, and it takes as long', async () => {
    const passwords = createPasswords(options)
    const hash = await passwords.hash('correct horse')
    const fastest = async (known: string | undefined) => {
      const times = []
      for (let index = 0; index < 5; index++) {
        const start = performance.now()
        assert.equal(await passwords.verify('nobody has this password', known), false)
        times.push(performance.now() - start)
      }
      return Math.min(...times)
    }
    await fastest(undefined)
    const [nobody, somebody] = [await fastest(undefined), await fastest(hash)]
    assert.ok(nobody > somebody / 3, `${nobody} ms for nobody, ${somebody} ms for somebody`)
  })

  it('are checked by a few at a time, and past a line of waiting ones the next is sent away', async () => {
    const passwords = createPasswords({ ...options, atOnce: 1, maxWaiting: 2 })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('correct horse')))
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
    assert.deepEqual(reasons, ['rate_limited', 'rate_limited'])
    // Places come free again.
    await passwords.hash('correct horse')
  })

  it('that are guessed first are refused, where that is asked for', () => {
    const person = { email: 'Somebody@example.com' }
    const strict = createPasswords(options)
    for (const bad of ['1234567', 'PASSWORD1', '        ', 'somebody', 'somebody@example.com', '🙂'.repeat(8)]) {
      assert.throws(() => strict.assertGood(bad, person), { code: 'weak_password' }, bad)
    }
    strict.assertGood('🙂🙃🙂🙃🙂🙃🙂🙃', person)
    createPasswords({ minimumLength: 6, areCommonAllowed: true }).assertGood('123456', person)
  })
})
