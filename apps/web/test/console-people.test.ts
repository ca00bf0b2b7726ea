/** What administrators do about people and settings, and how forms tell what is wrong, in a real browser. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { startFakeUpstream } from '@parley/testkit'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const administrator = { email: 'admin@parley.test', password: 'correct horse battery' }
const { password } = administrator

describe('people and settings in the console', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site
  before(async () => {
    site = await openSite({
      chromiumPath,
      person: administrator,
      environment: {
        SIGN_INS_PER_MINUTE: '1000',
        COMPLETION_RETRIES: '4',
      },
    })
  })
  afterEach(() => site.closePages())
  after(() => site[Symbol.asyncDispose]())

  async function signInAs(email: string): Promise<Page> {
    const { page } = await site.newPage({ isSignedIn: false })
    await page.goto('/sign-in')
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return page
  }

  it('shows what wins over the environment, and takes it back', async () => {
    const { page, complaints } = await site.newPage()
    await page.goto('/console/settings')
    const row = page.getByRole('listitem').filter({ hasText: 'COMPLETION_RETRIES' })
    await row.getByText('Environment', { exact: true }).waitFor()
    await row.getByRole('button', { name: /^Change/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Retries of such a reply').fill('nine')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('must be a number').waitFor()
    await dialog.getByLabel('Retries of such a reply').fill('1')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const changed = page.getByRole('listitem').filter({ hasText: 'Retries of such a reply' })
    await changed.getByText('Overrides COMPLETION_RETRIES=4 in the environment.').waitFor()
    await changed.getByText('Changed here').waitFor()
    await changed.getByRole('button', { name: /^Change/ }).click()
    await dialog.getByText('It will then be 4 (Environment).').waitFor()
    await dialog.getByRole('button', { name: 'Take back' }).click()
    await row.getByText('Environment', { exact: true }).waitFor()

    await page.getByLabel('Search the settings').fill('JWT_SECRET')
    await page.getByText('Needs a restart', { exact: true }).waitFor()
    await page.getByText('••••').waitFor()
    // What was no number.
    assert.deepEqual(
      complaints.filter((complaint) => !complaint.includes('400')),
      [],
    )
  })

  it('refuses to make administrators of all who register, and says so where it was chosen', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/settings')
    await page.getByRole('button', { name: 'Change: Role of new users' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Role of new users').selectOption('admin')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText(/^Whoever registers would be an administrator/).waitFor()
    assert.equal(await dialog.getByLabel('Role of new users').getAttribute('aria-invalid'), 'true')
  })

  it('tells everybody what the banner says, until they put it away', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/settings')
    await page.getByRole('button', { name: 'Change: Banner' }).click()
    await page.getByRole('dialog').getByLabel('Text').fill('Down on Sunday at noon')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    const guest = await site.newPage({ isSignedIn: false })
    await guest.page.goto('/sign-in')
    const banner = guest.page.getByRole('status').filter({ hasText: 'Down on Sunday at noon' })
    await banner.waitFor()
    await banner.getByRole('button', { name: 'Dismiss this notice' }).click()
    await guest.page.reload()
    await guest.page.getByLabel('Email').waitFor()
    assert.equal(await banner.count(), 0)
    await site.call('DELETE', '/admin/settings/banner')
  })

  it('lets people wait who register, and lets them in', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/settings')
    await page.getByRole('switch', { name: 'New people wait for an administrator' }).click()
    await page.getByRole('listitem').filter({ hasText: 'New people wait' }).getByText('Changed here').waitFor()

    const guest = await site.newPage({ isSignedIn: false })
    await guest.page.goto('/register')
    await guest.page.getByLabel('Email').fill('late@parley.test')
    await guest.page.getByLabel('Password', { exact: true }).fill(password)
    await guest.page.getByRole('button', { name: 'Create account' }).click()
    await guest.page.getByText('An administrator has to let you in first.').waitFor()
    const early = await signInAs('late@parley.test')
    await early.getByText('An administrator has to let you in first.').waitFor()

    await page.goto('/console/users')
    await page.getByText('Waiting for approval: 1').waitFor()
    await page.getByRole('button', { name: 'Show them' }).click()
    await page.getByRole('button', { name: /^Approve/ }).click()
    await page.getByText('Nothing matches').waitFor()
    const person = await signInAs('late@parley.test')
    await person.locator('#composer').waitFor()
    await site.call('DELETE', '/admin/settings/registration_approval')
  })

  it('invites somebody by a link, where registration is closed', async () => {
    await site.call('PUT', '/admin/settings', { registration_open: false })
    const { page, complaints } = await site.newPage()
    await page.goto('/console/users')
    const dialog = page.getByRole('dialog')
    const makeLink = async (email: string) => {
      await page.getByRole('button', { name: 'Invite', exact: true }).click()
      await dialog.getByLabel('Email').fill(email)
      await dialog.getByLabel('Role').selectOption({ label: 'Administrator' })
      await dialog.getByRole('button', { name: 'Create link' }).click()
      const link = await dialog.getByLabel('Link').inputValue()
      await dialog.getByRole('button', { name: 'Done' }).click()
      return link
    }
    const link = await makeLink('invited@parley.test')
    const open = page.getByRole('listitem').filter({ hasText: 'invited@parley.test' })
    await open.getByText('Administrator', { exact: false }).waitFor()

    const { page: guest, complaints: guestComplaints } = await site.newPage({ isSignedIn: false })
    const asked: string[] = []
    guest.on('request', (request) => asked.push(request.url()))
    await guest.goto('/register')
    await guest.getByText('Registration is closed.').waitFor()
    await guest.goto('about:blank')
    await guest.goto(link)
    await guest.getByText('You are invited').waitFor()
    await guest.getByLabel('Email').fill('other@parley.test')
    await guest.getByLabel('Password', { exact: true }).fill(password)
    await guest.getByRole('button', { name: 'Create account' }).click()
    await guest.getByText('This invitation is for another email.').waitFor()
    await guest.getByLabel('Email').fill('invited@parley.test')
    await guest.getByRole('button', { name: 'Create account' }).click()
    await guest.locator('#composer').waitFor()
    const [, token = ''] = link.split('#invitation=')
    assert.equal(token.length, 43)
    assert.ok(asked.length > 0 && !asked.some((url) => new URL(url).search.includes(token)))
    await guest.goto('/console/users')
    await guest.getByRole('row', { name: /invited@parley.test/ }).waitFor()

    await page.reload()
    await page.getByRole('row', { name: /invited@parley.test/ }).waitFor()
    assert.equal(await open.count(), 0)
    const withdrawn = await makeLink('')
    await page.getByRole('button', { name: 'Take back: Whoever has the link' }).click()
    await page.getByText('Open invitations').waitFor({ state: 'detached' })
    const late = (await site.newPage({ isSignedIn: false })).page
    await late.goto(withdrawn)
    await late.getByLabel('Email').fill('late-guest@parley.test')
    await late.getByLabel('Password', { exact: true }).fill(password)
    await late.getByRole('button', { name: 'Create account' }).click()
    await late.getByText('This invitation is no longer valid.').waitFor()
    await site.call('DELETE', '/admin/settings/registration_open')
    assert.deepEqual(complaints, [])
    assert.deepEqual(
      // The address for which the invitation is not.
      guestComplaints.filter((complaint) => !complaint.includes('403')),
      [],
    )
  })

  it('makes a group with models and a limit, and puts somebody into it', async () => {
    await site.call('POST', '/admin/users', { email: 'ida@parley.test', nickname: 'Ida', password })
    const { page, complaints } = await site.newPage()
    await page.goto('/console/groups')
    await page.getByRole('button', { name: 'Add group' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Readers')
    await dialog.getByLabel('Models', { exact: true }).fill('gpt-4\nclaude-3-*')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Readers' }).click()
    await page.getByRole('button', { name: 'Add limit' }).click()
    await dialog.getByLabel('What').selectOption('requests')
    await dialog.getByLabel('At most').fill('7')
    await dialog.getByLabel('Period').selectOption('day')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('7 requests per day').waitFor()

    await page.goto('/console/users')
    await page.getByRole('button', { name: 'Actions: ida' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await dialog.getByLabel('Group').selectOption({ label: 'Readers' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row', { name: /Ida/ }).getByText('Readers').waitFor()

    const ida = await signInAs('ida@parley.test')
    await ida.locator('#composer').waitFor()
    await ida.goto('/console/my-usage')
    await ida.getByText('7 requests per day').waitFor()
    await ida.getByText('0 of 7').first().waitFor()
    await ida.goto('/')
    await ida.getByRole('button', { name: /^Model/ }).click()
    await ida.getByRole('option').first().waitFor()
    assert.equal(await ida.getByRole('option').filter({ hasText: 'GPT-3.5' }).count(), 0)
    assert.deepEqual(complaints, [])
  })

  it('finds people by role and in any order', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/users?role=admin')
    await page.getByRole('table').getByText(administrator.email).waitFor()
    assert.equal(await page.getByText('test2@test.com').count(), 0)
    await page.getByLabel('Role').selectOption('')
    await page.getByRole('button', { name: 'User', exact: true }).click()
    await page.waitForURL('**sort=name**')
    await page
      .getByRole('columnheader', { name: 'User', exact: true })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor()
    await page.getByRole('button', { name: 'User', exact: true }).click()
    await page.locator('[aria-sort=descending]').waitFor()
  })

  it('signs somebody out everywhere, and deletes them with a word on their conversations', async () => {
    await site.call('POST', '/admin/users', { email: 'leaver@parley.test', nickname: 'Leaver', password })
    const theirs = await signInAs('leaver@parley.test')
    await theirs.locator('#composer').fill('to be handed over')
    await theirs.keyboard.press('Enter')
    await theirs.waitForURL('**/c/**')
    const conversation = new URL(theirs.url()).pathname

    const { page, complaints } = await site.newPage()
    await page.goto('/console/users')
    await page.getByRole('link', { name: 'Leaver' }).click()
    await page.getByText('Last used').first().waitFor()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByText('Not signed in anywhere.').waitFor()
    await theirs.reload()
    await theirs.waitForURL('**/sign-in**')

    await page.getByRole('button', { name: 'Actions: leaver' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: /Give them to somebody/ }).click()
    await dialog.getByLabel('To whom').click()
    await page.getByPlaceholder('Search', { exact: true }).fill('admin@')
    await page.getByRole('option', { name: 'admin@parley.test' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL('**/console/users')
    await page.getByText('leaver@parley.test').waitFor({ state: 'detached' })
    await page.goto(conversation)
    await page.getByText('to be handed over').first().waitFor()
    assert.deepEqual(complaints, [])
  })

  it('finds one among many people by name or address, with the keyboard alone', async () => {
    const people = Array.from({ length: 60 }, (_, number) => ({ email: `many-${number}@parley.test`, password }))
    for (const person of people) await site.call('POST', '/admin/users', person)
    const { page, complaints } = await site.newPage()
    await page.goto('/console/limits')
    await page.getByRole('button', { name: 'Add limit' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Add a limit' })
    const chooser = dialog.getByRole('combobox', { name: 'User' })
    await chooser.press('Enter')
    await page.getByText(/more: type to find them/).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.keyboard.type('nobody')
    await page.getByText('Nothing matches').waitFor()
    // Escape closes the list and not the dialog.
    await page.keyboard.press('Escape')
    await page.getByPlaceholder('Search', { exact: true }).waitFor({ state: 'detached' })
    await chooser.press('Enter')
    await page.keyboard.type('many-42@')
    await page.getByRole('option', { name: 'many-0@' }).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await dialog.getByText('many-42@parley.test').waitFor()
    assert.ok(await chooser.evaluate((element) => element === document.activeElement))
    await dialog.getByLabel('At most').fill('7')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row', { name: /many-42/ }).waitFor()
    assert.deepEqual(complaints, [])
  })

  it('shows what the server refuses at the field it is about, in the reader’s words, and brings one there', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/accounts')
    await page.getByRole('button', { name: 'Add account' }).first().click()
    const wizard = page.getByRole('dialog')
    await wizard.getByRole('radio', { name: /OpenAI or compatible/ }).click()
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByLabel('Name').fill('Nowhere')
    await wizard.getByLabel('API key', { exact: true }).fill('sk')
    await wizard.getByLabel('Base URL').fill('example.com')
    await wizard.getByRole('button', { name: 'Next' }).click()
    await wizard.getByRole('button', { name: 'Create and test' }).click()
    // Back at the step that has the field.
    const address = wizard.getByLabel('Base URL')
    await address.waitFor()
    assert.equal(await address.getAttribute('aria-invalid'), 'true')
    assert.equal(await wizard.getByText('must be a URL that begins with http:// or https://').count(), 1)
    assert.equal(await address.evaluate((field) => document.activeElement === field), true)
    assert.equal(await wizard.getByRole('alert').count(), 0, 'said once')
    await page.keyboard.press('Escape')

    const chinese = await site.newPage({ language: 'zh' })
    await chinese.page.goto('/console/keys')
    await chinese.page.getByRole('button', { name: '创建 Key' }).first().click()
    const dialog = chinese.page.getByRole('dialog')
    await dialog.getByLabel('名称').fill('field test')
    await dialog.getByText('更多选项').click()
    await dialog.getByLabel('来源地址').fill('not an address')
    await dialog.getByText('更多选项').click()
    await dialog.getByRole('button', { name: '创建 Key' }).click()
    // Folded away, it is opened.
    await dialog.getByRole('textbox', { name: '来源地址' }).and(chinese.page.locator('[aria-invalid=true]')).waitFor()
    await dialog.getByLabel('来源地址').fill('')
    await dialog.getByRole('button', { name: '添加限额' }).click()
    await dialog.getByRole('button', { name: '创建 Key' }).click()
    await dialog.locator('[aria-invalid=true]').and(dialog.getByLabel('上限')).waitFor()
    await dialog.getByLabel('名称').fill('')
    await dialog.getByLabel('上限').fill('1')
    await dialog.getByRole('button', { name: '创建 Key' }).click()
    await dialog.getByText('不能为空').waitFor()
  })

  it('shares usage out among groups, and sorts people by what they cost this month', async () => {
    await using upstream = await startFakeUpstream()
    const model = 'claude-opus-4-1'
    const group = await site.call<{ id: string }>('POST', '/admin/user-groups', { name: 'Spenders' })
    const person = { email: 'spender@parley.test', password: 'correct horse battery', group_id: group.id }
    const { id } = await site.call<{ id: string }>('POST', '/admin/users', person)
    await site.call('POST', '/admin/accounts', {
      name: 'Dear',
      kind: 'anthropic',
      api_key: 'any',
      base_url: upstream.url,
      models: [model],
    })
    const { key } = await site.call<{ key: string }>('POST', '/admin/api-keys', { name: 'of the spender', user_id: id })
    const answer = await fetch(`${site.origin}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }),
    })
    assert.equal(answer.status, 200)

    const { page, complaints } = await site.newPage()
    await page.goto('/console/usage')
    await page.getByLabel('By', { exact: true }).selectOption('group')
    const table = page.getByRole('table', { name: 'Usage' })
    await table.getByRole('row', { name: /^Spenders 1 / }).waitFor()
    await page.goto(`/console/groups/${group.id}`)
    await page.getByRole('heading', { name: 'Usage, last 30 days' }).waitFor()

    await page.setViewportSize({ width: 1600, height: 900 })
    await page.goto('/console/users')
    await page.getByRole('button', { name: 'Cost this month' }).click()
    await page.waitForURL(/sort=cost/)
    await page.locator('main tbody tr').first().getByText('spender@parley.test').waitFor()
    assert.match(await page.locator('main tbody tr').first().innerText(), /\$0\.\d/)
    await page.goto('/console/keys?q=of the spender')
    await page.getByRole('row', { name: /of the spender.*\$0\.\d/ }).waitFor()
    assert.deepEqual(complaints, [])
  })
})
