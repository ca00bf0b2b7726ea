import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const administrator = { email: 'admin@parley.test', password: 'correct horse battery' }

/** What is found, added and changed where it stands. */
describe('the console’s lists and tables', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site
  let upstream: FakeUpstream

  before(async () => {
    upstream = await startFakeUpstream()
    site = await openSite({ chromiumPath, person: administrator, environment: { SIGN_INS_PER_MINUTE: '1000' } })
  })
  afterEach(() => site.closePages())
  after(async () => {
    await site[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  it('finds calls by how they ended', async () => {
    await site.call('POST', '/admin/accounts', {
      name: 'Rack',
      kind: 'anthropic',
      api_key: 'x',
      base_url: upstream.url,
      models: ['good-model', 'bad-model'],
    })
    const { key } = await site.call<{ key: string }>('POST', '/admin/api-keys', { name: 'outcomes' })
    const ask = (model: string) =>
      fetch(`${site.origin}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }),
      }).then((reply) => reply.text())
    await ask('good-model')
    upstream.script({ error: 400 })
    await ask('bad-model')
    const { page, complaints } = await site.newPage()
    await page.goto('/console/calls')
    const rows = page.locator('tbody tr')
    await rows.filter({ hasText: 'good-model' }).getByText('Done').waitFor()
    await rows.filter({ hasText: 'bad-model' }).getByText('Failed 400').waitFor()
    await page.getByLabel('Outcome').selectOption('Failed')
    await rows.filter({ hasText: 'good-model' }).waitFor({ state: 'detached' })
    await rows.filter({ hasText: 'bad-model' }).waitFor()
    assert.equal(await rows.filter({ hasText: 'good-model' }).count(), 0)
    assert.match(page.url(), /outcome=failed/)
    await page.getByLabel('Outcome').selectOption('Interrupted')
    await page.getByText('No such calls').waitFor()
    assert.deepEqual(complaints, [])
  })
})
