import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, describe, it } from 'node:test'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { violations } from './axe.ts'
import { consoleSections } from './console-sections.ts'
import { settle } from './settle.ts'
import { openSite, type PageOptions, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const administrator = { email: 'admin@parley.test', password: 'correct horse battery' }

interface SettledRecord {
  readonly status: 'open' | 'settled'
  readonly cost_usd: number
  readonly price_source: string
}

describe('the console', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site
  let upstream: FakeUpstream
  let tokens: Awaited<ReturnType<typeof startTokenEndpoint>>

  before(async () => {
    upstream = await startFakeUpstream()
    tokens = await startTokenEndpoint()
    const oauth = {
      client_id: 'parley',
      authorize_url: `${tokens.url}/authorize`,
      token_url: `${tokens.url}/token`,
      redirect_uri: 'http://127.0.0.1/callback',
      scopes: 'inference',
    }
    site = await openSite({
      chromiumPath,
      person: administrator,
      environment: {
        SIGN_INS_PER_MINUTE: '1000',
        LOG_LEVEL: 'info',
        UPSTREAM_OAUTH_GEMINI: JSON.stringify(oauth),
      },
    })
  })
  afterEach(() => site.closePages())
  after(async () => {
    await site[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
    await tokens.close()
  })

  /** The newest call, once it is settled: that is a moment after its reply has ended. */
  async function lastSettled(): Promise<SettledRecord> {
    for (;;) {
      const [record] = await site.call<SettledRecord[]>('GET', '/admin/usage/records?limit=1')
      if (record?.status === 'settled') return record
    }
  }

  function ask(key: string, model: string): Promise<Response> {
    return fetch(`${site.origin}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }),
    })
  }

  it('adds an account in four steps, of which the last is a real call', async () => {
    const { page, complaints } = await site.newPage()
    await page.goto('/console/accounts')
    await page.getByRole('button', { name: 'Add account' }).first().click()
    const wizard = page.getByRole('dialog')
    await wizard.getByRole('radio', { name: /OpenAI or compatible/ }).click()
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByLabel('Name').fill('Rack')
    await wizard.getByLabel('API key', { exact: true }).fill('sk-secret-of-the-rack')
    await wizard.getByLabel('Base URL').fill(upstream.url)
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByLabel('Models').fill('rack-model = gpt-5')
    await wizard.getByRole('button', { name: 'Create and test' }).click()
    await wizard.getByText('It works').waitFor()
    await wizard.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('link', { name: 'Rack' }).click()
    await page.getByRole('heading', { name: 'Rack', level: 1 }).waitFor()
    assert.equal(await page.getByText('sk-secret-of-the-rack').count(), 0, 'a credential is never shown again')
    assert.deepEqual(upstream.served.at(-1)?.model, 'gpt-5')
    assert.deepEqual(complaints, [])
  })

  it('lets one change what was wrong with an account whose first call failed, without making another', async () => {
    upstream.always({ error: { status: 401, message: 'this key is not one of ours' } })
    const { page, complaints } = await site.newPage()
    await page.goto('/console/accounts?new=1')
    const wizard = page.getByRole('dialog')
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByText('must not be empty').waitFor()
    await wizard.getByLabel('Name').fill('Second try')
    await wizard.getByLabel('API key', { exact: true }).fill('wrong')
    await wizard.getByLabel('Base URL').fill(upstream.url)
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByLabel('Models').fill('second-model')
    await wizard.getByRole('button', { name: 'Create and test' }).click()
    await wizard.getByText('The account was added all the same').waitFor()
    upstream.always()
    await wizard.getByRole('button', { name: 'Change it' }).click()
    await wizard.getByLabel('API key', { exact: true }).fill('right')
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByRole('button', { name: 'Save and test' }).click()
    await wizard.getByText('It works').waitFor()
    await wizard.getByRole('button', { name: 'Done' }).click()
    const all = await site.call<{ name: string }[]>('GET', '/admin/accounts?limit=500')
    assert.equal(all.filter(({ name }) => name === 'Second try').length, 1)
    assert.deepEqual(complaints, [])
  })

  it('says in the upstream’s words why a test failed, and what keeps calls away, until it is reset', async () => {
    const { id } = await site.call<{ id: string }>('POST', '/admin/accounts', {
      name: 'Refusing',
      kind: 'anthropic',
      api_key: 'wrong',
      base_url: upstream.url,
      models: ['refused-model'],
    })
    upstream.always({ error: { status: 401, message: 'this key is not one of ours' } })
    const { page } = await site.newPage()
    await page.goto(`/console/accounts/${id}`)
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Test', exact: true }).click()
    await dialog.getByText('It did not work').waitFor()
    await dialog.getByText(/HTTP 401.*this key is not one of ours/).waitFor()
    upstream.always()
    await page.keyboard.press('Escape')
    await site.call('POST', `/admin/accounts/${id}/pause`, { seconds: 3600 })
    await page.reload()
    await page.getByRole('button', { name: 'Try it again now' }).click()
    await page.getByText('Why it is unavailable').waitFor({ state: 'detached' })
  })

  it('signs an account in with OAuth: address, sign-in, code', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/accounts')
    await page.getByRole('button', { name: 'Add account' }).first().click()
    const wizard = page.getByRole('dialog')
    await wizard.getByRole('radio', { name: /Google Gemini/ }).click()
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByLabel('Name').fill('Signed in')
    await wizard.getByRole('radio', { name: 'Sign in (OAuth)' }).click()
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByRole('alert').getByText('Sign in first.').waitFor()
    await wizard.getByRole('button', { name: 'Get address' }).click()
    const address = await wizard.getByRole('link', { name: 'Open the sign-in page' }).getAttribute('href')
    const state = new URL(address ?? '').searchParams.get('state')
    await wizard.getByLabel('3. Paste the code').fill(`http://127.0.0.1/callback?code=the-code&state=${state}`)
    await wizard.getByRole('button', { name: 'Check the code' }).click()
    await wizard.getByText('Signed in. The tokens stay on the server.').waitFor()
    assert.equal(tokens.asked.at(-1)?.get('code'), 'the-code')
  })

  it('makes a key that is shown once, works, is on the bill, and stops working when it is disabled', async () => {
    const { page, complaints } = await site.newPage()
    await page.goto('/console/keys')
    await page.getByRole('button', { name: 'Create key' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('ci')
    await dialog.getByRole('button', { name: 'Add limit' }).click()
    await dialog.getByLabel('At most').fill('2')
    await dialog.getByLabel('Period').selectOption('day')
    await dialog.getByRole('button', { name: 'Create key' }).click()
    const key = await page.getByTestId('new-key').innerText()
    assert.match(key, /^cr_\w{40,}$/)
    // It cannot be shown again, so no slip closes it.
    await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    assert.equal(await page.getByTestId('new-key').innerText(), key)
    await dialog.getByRole('button', { name: 'I have copied it' }).click()
    assert.equal((await page.content()).includes(key), false)

    assert.equal((await ask(key, 'gpt-4')).status, 200)
    assert.equal((await ask(key, 'gpt-4')).status, 200)
    assert.equal((await ask(key, 'gpt-4')).status, 429, 'the limit holds')

    await page.getByRole('link', { name: 'ci' }).click()
    await page.getByText('2 requests per day').waitFor()
    await page.getByRole('table', { name: 'Calls' }).getByText('Done').first().click()
    await page.getByRole('dialog').getByText('Attempt 1: Simulator').waitFor()
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Actions: ci' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByText('Disabled').waitFor()
    assert.equal((await ask(key, 'gpt-4')).status, 401)
    await page.goto('/console/alerts')
    await page.getByText('2 of 2').first().waitFor()
    await page.getByText('100%', { exact: true }).first().waitFor()
    assert.deepEqual(complaints, [])
  })

  it('shows alerts to the first, a page at a time', async () => {
    const fields = { name: 'many', count: 17, limits: [{ what: 'requests', per: 'day', max: 1 }] }
    const keys = await site.call<{ key: string }[]>('POST', '/admin/api-keys/bulk', fields)
    for (const { key } of keys) assert.equal((await ask(key, 'gpt-4')).status, 200)
    let length = 0
    // One call is 50, 80 and 100 percent of such a limit.
    while (length < 3 * keys.length) length = (await site.call<object[]>('GET', '/admin/alerts?limit=500')).length
    const { page } = await site.newPage()
    await page.goto('/console/alerts')
    const rows = page.getByRole('table', { name: 'Alerts' }).locator('tbody tr')
    await rows.nth(49).waitFor()
    assert.equal(await rows.count(), 50)
    await page.getByRole('button', { name: 'Show older' }).click()
    await rows.nth(length - 1).waitFor()
    assert.equal(await rows.count(), length)
    await page.getByRole('button', { name: 'Show older' }).waitFor({ state: 'detached' })
  })

  it('makes many keys alike, removes one and brings it back', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/keys')
    await page.getByRole('button', { name: 'Create key' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('class')
    await dialog.getByLabel('How many').fill('3')
    await dialog.getByRole('button', { name: 'Create key' }).click()
    await page.getByTestId('new-key').first().waitFor()
    const keys = await page.getByTestId('new-key').allInnerTexts()
    assert.equal(new Set(keys).size, 3)
    await dialog.getByRole('button', { name: 'I have copied it' }).click()

    const [key = ''] = keys
    assert.equal((await ask(key, 'gpt-4')).status, 200)
    const name =
      (await site.call<{ name: string }[]>('GET', '/admin/api-keys?q=class')).map((each) => each.name).sort()[0] ?? ''
    await page.getByRole('button', { name: `Actions: ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The key no longer works').first().waitFor()
    assert.equal((await ask(key, 'gpt-4')).status, 401)

    await page.getByLabel('State').selectOption('deleted')
    await page.getByRole('button', { name: `Actions: ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Restore' }).click()
    await page.getByText('The key works again').first().waitFor()
    assert.equal((await ask(key, 'gpt-4')).status, 200)
  })

  it('limits a model for everybody, says where a call would go, and takes the limit away', async () => {
    const { key } = await site.call<{ key: string }>('POST', '/admin/api-keys', { name: 'limited' })
    const { page, complaints } = await site.newPage()
    await page.goto('/console/limits')
    await page.getByRole('button', { name: 'Add limit' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('At most').dispatchEvent('keydown', { key: 'Escape', isComposing: true })
    await dialog.getByRole('radio', { name: 'Model' }).click()
    await dialog.getByLabel('Model or pattern').fill('claude-3-*')
    // No slip throws away what was typed.
    await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    assert.equal(await dialog.getByLabel('Model or pattern').inputValue(), 'claude-3-*')
    await dialog.getByLabel('What').selectOption('requests')
    await dialog.getByLabel('At most').fill('0')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('0 requests per month').waitFor()
    assert.equal((await ask(key, 'claude-3-opus')).status, 429)
    await page.getByRole('button', { name: 'Remove: claude-3-*' }).click()
    await page.route('**/admin/limits/*', (route) => route.abort(), { times: 1 })
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The server is not responding').first().waitFor()
    assert.deepEqual(complaints.splice(0).length, 1)
    // What was not done is still asked for.
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No limits yet').waitFor()
    assert.equal((await ask(key, 'claude-3-opus')).status, 200)

    await page.goto('/console/accounts')
    await page.getByRole('button', { name: 'Where would a call go?' }).click()
    await dialog.getByLabel('Model').fill('claude-3-opus')
    await dialog.getByRole('button', { name: 'Ask' }).click()
    await dialog.getByText('It would go to Simulator').waitFor()
    assert.deepEqual(complaints, [])

    await page.route('**/admin/limits', (route) => route.fulfill({ json: { data: 'nothing to list' } }))
    await page.goto('/console/limits')
    await page.getByText('This page has stopped working').waitFor()
    await page.getByRole('link', { name: 'Go to the start page' }).click()
    await page.locator('#composer').waitFor()
  })

  it('sets a price that the next call pays, and keeps the price before', async () => {
    await site.call('POST', '/admin/accounts', {
      name: 'Priced',
      kind: 'openai',
      api_key: 'any',
      base_url: upstream.url,
      models: ['priced-model'],
    })
    const { key } = await site.call<{ key: string }>('POST', '/admin/api-keys', { name: 'payer' })
    const { page } = await site.newPage()
    await page.goto('/console/models')
    await page.getByRole('button', { name: 'Add model' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Id', { exact: true }).fill('priced-model')
    await dialog.getByLabel('Provider').fill('Test')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'priced-model' }).first().click()
    await dialog.getByLabel('Input').fill('1000')
    await dialog.getByLabel('Output').fill('2000')
    await dialog.getByLabel('Service tiers').fill('flex = half')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.locator('[aria-invalid=true]').and(dialog.getByLabel('Service tiers')).waitFor()
    await dialog.getByLabel('Service tiers').fill('flex = 0.5, priority = 2')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('$1,000.00 · $2,000.00').waitFor()
    assert.equal((await ask(key, 'priced-model')).status, 200)
    const record = await lastSettled()
    assert.match(record.price_source, /^admin@/)
    assert.ok(record.cost_usd > 0)
    await page.getByRole('button', { name: 'priced-model' }).first().click()
    await dialog.getByText('Version 1').waitFor()
    assert.equal(await dialog.getByLabel('Service tiers').inputValue(), 'flex = 0.5, priority = 2')
  })

  it('shows usage as a chart and as a table, and gives it as CSV', async () => {
    const { page, complaints } = await site.newPage()
    await page.goto('/console/usage')
    const canvas = await page.locator('canvas').elementHandle()
    const swatch = page.locator('figure span[style]').first()
    const light = await swatch.getAttribute('style')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForFunction((drawn) => drawn?.isConnected === false, canvas)
    assert.notEqual(await swatch.getAttribute('style'), light)
    await page.getByRole('button', { name: 'Show as a table: Tokens' }).click()
    await page.getByRole('table', { name: 'Tokens' }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ])
    assert.match(readFileSync(await download.path(), 'utf8'), /^time,subject,requests/)
    assert.deepEqual(complaints, [])
  })

  it('adds a user, who sees their own part and nothing else', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/users')
    await page.getByRole('button', { name: 'Add user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Email').fill('mia@parley.test')
    await dialog.getByLabel('Initial password').fill('correct horse battery')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('mia@parley.test').waitFor()

    const theirs = await site.newPage({ isSignedIn: false })
    await theirs.page.goto('/console/accounts')
    await theirs.page.getByLabel('Email').fill('mia@parley.test')
    await theirs.page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await theirs.page.getByRole('button', { name: 'Sign in' }).click()
    await theirs.page.waitForURL('**/console/my-keys')
    assert.equal(await theirs.page.getByRole('link', { name: 'Accounts' }).count(), 0)
    await theirs.page.getByRole('button', { name: 'Create key' }).first().click()
    await theirs.page.getByRole('dialog').getByLabel('Name').fill('my tool')
    await theirs.page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
    const key = await theirs.page.getByTestId('new-key').innerText()
    assert.equal((await ask(key, 'gpt-4')).status, 200)

    const [mia] = await site.call<{ id: string }[]>('GET', '/admin/users?q=mia')
    await site.call('POST', '/admin/api-keys', { name: 'handed out', user_id: mia?.id, models: ['gpt-4'] })
    await theirs.page.goto('/console/my-keys')
    await theirs.page.getByRole('button', { name: 'Actions: handed out' }).click()
    await theirs.page.getByRole('menuitem', { name: 'Edit' }).waitFor()
    assert.equal(await theirs.page.getByRole('menuitem', { name: 'Disable' }).count(), 0)
    await theirs.page.getByRole('menuitem', { name: 'Edit' }).click()
    const labels = theirs.page.getByRole('dialog')
    await labels.getByText('An administrator manages this key').waitFor()
    assert.equal(await labels.getByLabel('Models').count(), 0)
    await labels.getByLabel('Notes').fill('for the train')
    await labels.getByRole('button', { name: 'Save' }).click()
    await labels.waitFor({ state: 'hidden' })
    await theirs.page.getByRole('link', { name: 'handed out' }).click()
    await theirs.page.getByText('for the train').waitFor()
    await theirs.page.goto('/console/my-usage')
    await theirs.page.getByText(/of 1,000,000 tokens used/).waitFor()
  })

  it('has written down what was changed, before and after, and finds it by the address of the page', async () => {
    const { id } = await site.call<{ id: string }>('POST', '/admin/api-keys', { name: 'audited' })
    await site.call('PATCH', `/admin/api-keys/${id}`, { name: 'audited anew' })
    const { page, complaints } = await site.newPage()
    await page.goto('/console/audit?from=soon&to=2026-13-01')
    await page.getByLabel('What').selectOption('api_key')
    await page.waitForURL('**/console/audit?*kind=api_key*')
    await page.reload()
    await page.getByRole('button', { name: 'API key changed' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('row', { name: /name.*audited.*audited anew/ }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.keyboard.press('Escape').then(() => page.getByRole('button', { name: 'Export CSV' }).click()),
    ])
    assert.match(readFileSync(await download.path(), 'utf8'), /api_key\.update/)
    assert.deepEqual(complaints, [])
  })

  it('shows the log live, holds it back while it is paused, and filters it', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/logs?q=no-such-words')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByText('No lines yet').waitFor()
    await page.getByLabel('Only lines with…').fill('')
    await page.getByRole('log').getByText('Info', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused').waitFor()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  it('makes a backup, says how it is restored, and deletes it', async () => {
    const { page, complaints } = await site.newPage()
    await page.goto('/console/backups')
    await page.getByRole('button', { name: 'Back up now' }).first().click()
    await page.getByText('The backup is complete').first().waitFor({ timeout: 30_000 })
    await page
      .getByRole('button', { name: /^Actions/ })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'How to restore' }).click()
    await page.getByRole('dialog').getByText('Stop the server').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page
      .getByRole('button', { name: /^Actions/ })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No backup yet').waitFor()
    assert.deepEqual(complaints, [])
  })

  const looks: readonly PageOptions[] = [
    { theme: 'dark', language: 'zh' },
    { width: 390, height: 844, isPhone: true },
  ]
  for (const look of looks) {
    const name = `${look.isPhone ? 'phone' : 'desktop'}, ${look.theme ?? 'light'}, ${look.language ?? 'en'}`
    it(`has nothing that axe or the browser complains of, and no sideways scrolling (${name})`, async () => {
      const { page, complaints } = await site.newPage(look)
      const found: string[] = []
      const person = await site.call<{ id: string }>('GET', '/api/user/profile')
      const key = await site.call<{ id: string }>('POST', '/admin/api-keys', { name: 'looked at' })
      const group = await site.call<{ id: string }>('POST', '/admin/user-groups', { name: `looked at, ${name}` })
      const things = ['accounts/simulator', `users/${person.id}`, `keys/${key.id}`, `groups/${group.id}`]
      for (const path of [...consoleSections, ...things]) {
        await page.goto(`/console/${path}`)
        await page.locator('main h1').waitFor()
        await settle(page)
        found.push(...(await violations(page)).map((violation) => `${path}: ${violation}`))
        const overflow = await page.evaluate(() => {
          const main = document.querySelector('main')
          const ofMain = main === null ? 0 : main.scrollWidth - main.clientWidth
          return Math.max(ofMain, document.documentElement.scrollWidth - innerWidth)
        })
        if (overflow > 0) found.push(`${path}: ${overflow} pixels too wide`)
      }
      assert.deepEqual(found, [])
      assert.deepEqual(complaints, [])
    })
  }

  it('has dialogs that axe does not complain of', async () => {
    const { page } = await site.newPage()
    const dialogs = [
      ['accounts', 'Add account'],
      ['accounts', 'Where would a call go?'],
      ['keys', 'Create key'],
      ['models', 'Add model'],
      ['limits', 'Add limit'],
      ['users', 'Add user'],
      ['groups', 'Add group'],
      ['settings', 'Change: Banner'],
    ] as const
    const found: string[] = []
    for (const [path, button] of dialogs) {
      await page.goto(`/console/${path}`)
      await page.getByRole('button', { name: button }).first().click()
      await page.getByRole('dialog').waitFor()
      // What is still fading in has less contrast than it will have.
      await settle(page)
      found.push(...(await violations(page, '[role=dialog]')).map((violation) => `${button}: ${violation}`))
    }
    assert.deepEqual(found, [])
  })
})

/** An OAuth token endpoint that gives everybody what they ask for, and remembers who asked. */
async function startTokenEndpoint() {
  const asked: URLSearchParams[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    asked.push(new URLSearchParams(body))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token: 'at', refresh_token: 'rt', expires_in: 3600, token_type: 'Bearer' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
