import assert from 'node:assert/strict'
import { after, before, beforeEach, it } from 'node:test'
import { forEachDatabase, tempFolder } from '@parley/testkit'
import { createConfig } from '../config/config.ts'
import type { EnvironmentTexts } from '../config/env.ts'
import { createLog } from '../config/log.ts'
import { createStore } from '../store/create-store.ts'
import type { Store } from '../store/store.ts'
import { assertSecretsMatch, SecretsMismatchError } from './secrets-match.ts'

const settings = { level: 'silent', isPretty: false, keepDays: 1 }
const otherKey = 'k7Rq2vXw9LmPz4Tn8BcYs6Hd3Gf5JaUe'

forEachDatabase('secrets and database', (database) => {
  let store: Store
  const dataDir = tempFolder({ after })
  const secretsOf = (DATA_DIR: string, texts: EnvironmentTexts = {}) => createConfig({ DATA_DIR, ...texts }).secrets
  before(async () => {
    const log = createLog({ settings, folder: undefined, output: undefined })
    const { database: where } = createConfig({ DATA_DIR: dataDir, DATABASE_URL: database.url })
    store = await createStore(where, { dataDir, log })
  })
  beforeEach(() => store.database.deleteFrom('setting').execute())
  after(() => store[Symbol.asyncDispose]())

  it('belong together from the first start on', async (test) => {
    await assertSecretsMatch(secretsOf(dataDir), store, 1)
    await assertSecretsMatch(secretsOf(dataDir), store, 2)
    const stranger = secretsOf(tempFolder(test))
    await assert.rejects(assertSecretsMatch(stranger, store, 3), (error) => {
      assert.ok(error instanceof SecretsMismatchError)
      assert.match(error.message, /another KEY_PEPPER.*secrets\.json/)
      return true
    })
  })

  it('stay together when the encryption key is rotated, but not when the old one is left out', async (test) => {
    const pepper = { KEY_PEPPER: 'Zp0Xc7VnQ2mWe8RtY4uIo6LaSd3FgHjK' }
    await assertSecretsMatch(secretsOf(dataDir, pepper), store, 1)
    await assertSecretsMatch(secretsOf(dataDir, { ...pepper, ENCRYPTION_KEY: otherKey }), store, 2)
    // The new one is now what counts: the file with the old one alone will not do.
    await assert.rejects(assertSecretsMatch(secretsOf(dataDir, pepper), store, 3), /The key that encrypted/)
    await assertSecretsMatch(secretsOf(tempFolder(test), { ...pepper, ENCRYPTION_KEY: otherKey }), store, 4)
  })

  it('of two nodes that start at once on an empty database are those of one', async (test) => {
    const nodes = [secretsOf(tempFolder(test)), secretsOf(tempFolder(test))]
    const results = await Promise.allSettled(nodes.map((secrets) => assertSecretsMatch(secrets, store, 1)))
    assert.deepEqual(results.filter((result) => result.status === 'fulfilled').length, 1)
  })
})
