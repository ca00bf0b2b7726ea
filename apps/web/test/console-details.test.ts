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

  it('says how a key is used with the tools that people have, also when it is not shown any more', async () => {
    const { page, complaints } = await site.newPage({ width: 390, height: 844 })
    await page.goto('/console/my-keys')
    await page.getByRole('button', { name: 'Create key' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('tools')
    await dialog.getByRole('button', { name: 'Create key' }).click()
    const key = (await dialog.getByTestId('new-key').textContent()) ?? ''
    const wanted = [
      ['Claude Code', `export ANTHROPIC_API_KEY=${key}`],
      ['Codex', `base_url = "${site.origin}/v1"`],
      ['Cursor', `OpenAI API Key: ${key}`],
    ] as const
    for (const [tool, line] of wanted) {
      await dialog.getByRole('tab', { name: tool }).click()
      await dialog.getByRole('tabpanel').getByText(line).waitFor()
    }
    await dialog.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('link', { name: 'tools' }).click()
    await page.getByRole('tab', { name: 'Claude Code' }).click()
    await page.getByText('export ANTHROPIC_API_KEY=cr_…').waitFor()
    assert.equal(await page.getByText('Owner', { exact: true }).count(), 0)
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
    assert.deepEqual(complaints, [])
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

  it('writes Chinese apart from Latin letters and figures, where texts are put together, too', async () => {
    await site.call('POST', '/admin/api-keys', { name: '间隔' })
    const { page, complaints } = await site.newPage({ language: 'zh' })
    await page.goto('/console/audit')
    await page.getByText('新增 API Key').first().waitFor()
    await page.goto('/console/calls')
    await page
      .getByText(/^\d+ 毫秒$/)
      .first()
      .waitFor()
    const { id } = await site.call<{ id: string }>('POST', '/admin/accounts', {
      name: '接口',
      kind: 'openai',
      api_key: 'x',
      wires: ['openai-chat'],
    })
    await page.goto(`/console/accounts/${id}`)
    await page.getByText('OpenAI Chat').waitFor()
    assert.deepEqual(complaints, [])
  })

  it('adds, changes and takes away limits on the page of the one that they are for', async () => {
    const email = 'limited@parley.test'
    const { id } = await site.call<{ id: string }>('POST', '/admin/users', { email, password: 'correct horse battery' })
    const { page, complaints } = await site.newPage()
    await page.goto(`/console/users/${id}`)
    await page.getByText('No limits of their own').waitFor()
    await page.getByRole('button', { name: 'Add limit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('At most').fill('25')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('$25.00 per month').waitFor()
    await page.getByRole('button', { name: /^Edit: / }).click()
    await dialog.getByText(/^User: limited/).waitFor()
    assert.equal(await dialog.getByLabel('At most').inputValue(), '25')
    await dialog.getByLabel('At most').fill('2.5')
    await dialog.getByLabel('Period').selectOption('day')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('$2.50 per day').waitFor()
    const rules = await site.call<{ subject_id: string; per: string; max: number }[]>('GET', '/admin/limits')
    assert.deepEqual(
      rules.map(({ subject_id, per, max }) => [subject_id, per, max]),
      [[id, 'day', 2.5]],
    )
    await page.getByRole('button', { name: /^Remove: / }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No limits of their own').waitFor()
    assert.deepEqual(complaints, [])
  })

  it('changes the limits of a key on its page', async () => {
    const { id } = await site.call<{ id: string }>('POST', '/admin/api-keys', { name: 'to be limited' })
    const { page, complaints } = await site.newPage()
    await page.goto(`/console/keys/${id}`)
    await page.getByText('No limits of its own').waitFor()
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Add limit' }).click()
    await dialog.getByLabel('At most').fill('60')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('60 requests per minute').waitFor()
    assert.deepEqual(complaints, [])
  })
})

describe('the console of a fresh server', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  it('says on pages that have nothing yet what would be there, or what to do', async () => {
    const pages = {
      usage: 'No usage in this period',
      calls: 'No calls yet',
      'calls?outcome=failed': 'No such calls',
      alerts: 'No limit is close to being reached',
      keys: 'No API key yet',
      limits: 'No limits yet',
      groups: 'No groups yet',
      audit: 'No changes yet',
      backups: 'No backup yet',
      'my-keys': 'No API key yet',
    }
    await using site = await openSite({ chromiumPath, person: administrator, isDemo: false })
    const { page, complaints } = await site.newPage({ width: 390, height: 844, isPhone: true })
    for (const [path, title] of Object.entries(pages)) {
      await page.goto(`/console/${path}`)
      await page.getByRole('heading', { name: title }).waitFor()
      assert.equal(await page.getByRole('heading', { name: title }).locator('~ p').count(), 1, path)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path)
    }
    assert.deepEqual(complaints, [])
  })
})
