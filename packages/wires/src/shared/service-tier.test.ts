import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readTier } from './service-tier.ts'

it('reads the word for a tier of service, and null for the everyday one under all its names', () => {
  assert.deepEqual(['flex', 'PRIORITY', 'scale', 'ultrafast'].map(readTier), ['flex', 'priority', 'scale', 'ultrafast'])
  for (const said of ['auto', 'default', 'standard', 'standard_only', 'on_demand', 'unspecified', null, undefined])
    assert.equal(readTier(said), null)
})

it('takes nothing for a tier that could not be the name of one', () => {
  for (const said of ['', 'two words', '<b>', 'x'.repeat(33), 7, { flex: true }, '1st'])
    assert.equal(readTier(said), null)
})
