import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

describe('an account', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { SIMULATOR_DELAY_MS: '0' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  it('is made on the set-up page with the link of the first start, and can chat at once', async () => {
    const { page, complaints } = await site.newPage({ isSignedIn: false, language: 'zh' })
    await page.goto(site.setUpLink)
    await page.getByLabel('邮箱').fill('root@example.com')
    await page.getByLabel('密码', { exact: true }).fill('a long enough password')
    await page.getByRole('button', { name: '创建管理员' }).click()
    await page.getByRole('button', { name: /用模拟模型试试/ }).click()
    await page.locator('#composer').fill('你好')
    await page.locator('#composer').press('Enter')
    await page
      .getByRole('article', { name: '回复' })
      .getByText(/模拟|帮您/)
      .waitFor()
    assert.deepEqual(complaints, [])
    await page.goto('/setup')
    await page.getByRole('heading', { name: 'Parley 已完成初始化' }).waitFor()
  })

  it('is registered, and a taken email is said in the form', async () => {
    const register = async (email: string) => {
      const { page } = await site.newPage({ isSignedIn: false })
      await page.goto('/register')
      await page.getByLabel('Your name').fill('Ada')
      await page.getByLabel('Email').fill(email)
      await page.getByLabel('Password', { exact: true }).fill('another long password')
      await page.getByRole('button', { name: 'Create account' }).click()
      return page
    }
    await (await register('ada@example.com')).getByText('What is on your mind, Ada?').waitFor()
    await (await register('ada@example.com')).getByRole('alert').getByText('already registered').waitFor()
  })

  it('stays signed in when its token has expired, renewed once for all tabs', async () => {
    const first = await site.newPage()
    await first.page.goto('/')
    await first.page.locator('#composer').waitFor()
    let renewals = 0
    const context = first.page.context()
    context.on('request', (request) => {
      if (request.url().endsWith('/api/auth/refresh')) renewals += 1
    })
    await first.page.evaluate(() => {
      const stored = JSON.parse(localStorage.getItem('parley.session') ?? '{}') as object
      localStorage.setItem('parley.session', JSON.stringify({ ...stored, token: 'expired' }))
    })
    const second = await site.newPage({ context })
    // Both need a new token at once, and what a tab hears of the other comes too late.
    await context.addInitScript(() => addEventListener('storage', (event) => event.stopImmediatePropagation()))
    const refused = [first, second].map(({ page }) => page.waitForResponse((response) => response.status() === 401))
    await context.route('**/api/auth/refresh', async (route) => {
      await Promise.all(refused)
      await route.continue()
    })
    await Promise.all([first.page.goto('/settings/account'), second.page.goto('/settings/sessions')])
    await first.page.getByText('Change password').first().waitFor()
    await second.page.getByText('this device').waitFor()
    assert.equal(renewals, 1)
  })

  it('comes back to where its session ended, and is signed out in every tab when it is in one', async () => {
    const { page: first } = await site.newPage({ isSignedIn: false })
    await first.goto('/sign-in')
    await first.getByRole('button', { name: 'Fill in' }).click()
    await first.getByRole('button', { name: 'Sign in' }).click()
    await first.locator('#composer').waitFor()
    await first.evaluate(() => {
      const stored = JSON.parse(localStorage.getItem('parley.session') ?? '{}') as object
      localStorage.setItem('parley.session', JSON.stringify({ ...stored, token: 'ended', refresh_token: 'ended' }))
    })
    await first.goto('/settings/general')
    await first.waitForURL('**/sign-in?next=*')
    await first.getByRole('button', { name: 'Fill in' }).click()
    await first.getByRole('button', { name: 'Sign in' }).click()
    await first.waitForURL('**/settings/general')
    const { page: second } = await site.newPage({ context: first.context() })
    await second.goto('/settings/general')
    await second.getByRole('button', { name: /^Account:/ }).waitFor()
    await first.getByRole('button', { name: /^Account:/ }).click()
    await first.getByRole('menuitem', { name: 'Sign out' }).click()
    await Promise.all([first.waitForURL('**/sign-in'), second.waitForURL('**/sign-in')])
  })

  it('takes conversations in from a file after a look at it, and not twice', async () => {
    const { id } = await site.call<{ id: string }>('POST', '/api/conversations', { title: 'To be carried' })
    await site.call('POST', `/api/conversations/${id}/messages`, { content: 'carry me' })
    const { page: mine } = await site.newPage()
    await mine.goto(`/c/${id}`)
    await mine
      .getByRole('button', { name: /More about.*To be carried/ })
      .last()
      .click()
    const downloading = mine.waitForEvent('download')
    await mine.getByRole('menuitem', { name: 'Download as JSON' }).click()
    const download = await downloading
    assert.equal(download.suggestedFilename(), 'To be carried.json')
    const file = await download.path()
    const { page } = await site.newPage({ isSignedIn: false })
    await page.goto('/register')
    await page.getByLabel('Email').fill('grace@example.com')
    await page.getByLabel('Password', { exact: true }).fill('yet another password')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.locator('#composer').waitFor()
    await page.goto('/settings/data')
    await page.getByLabel('Choose a file').setInputFiles(file)
    await page.getByText('New (messages: 2)').waitFor()
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText('Imported (messages: 2)').waitFor()
    await page.goto('/')
    await page.getByRole('link', { name: 'To be carried' }).waitFor()
  })

  it('binds keys anew, refuses those that are taken, and uses them', async () => {
    const { page } = await site.newPage()
    await page.goto('/settings/keyboard')
    const search = page.getByRole('button', { name: /^Search and commands:/ })
    await search.click()
    await page.keyboard.press('Control+Shift+O')
    await page.getByText('Already used for “New chat”.').waitFor()
    await page.keyboard.press('Control+Shift+F')
    await page.goto('/')
    await page.locator('#composer').waitFor()
    await page.keyboard.press('Control+Shift+F')
    await page.getByRole('dialog', { name: 'Command palette' }).waitFor()
  })

  it('sees a shared conversation without signing in, until it is taken back', async () => {
    const { id } = await site.call<{ id: string }>('POST', '/api/conversations', { title: 'Shared with all' })
    await site.call('POST', `/api/conversations/${id}/messages`, { content: 'for everybody' })
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page
      .getByRole('button', { name: /More about.*Shared with all/ })
      .last()
      .click()
    await page.getByRole('menuitem', { name: 'Share' }).click()
    await page.getByRole('button', { name: 'Create link' }).click()
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue()
    const { page: stranger } = await site.newPage({ isSignedIn: false })
    await stranger.goto(link)
    await stranger.getByText('for everybody', { exact: true }).waitFor()
    await site.call('DELETE', `/api/conversations/${id}/share`)
    await stranger.reload()
    await stranger.getByRole('alert').waitFor()
  })
})
