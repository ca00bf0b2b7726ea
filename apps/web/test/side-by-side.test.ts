/** Several models asked the same at once. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

interface Told {
  readonly id: string
  readonly role: string
  readonly status: string
  readonly model_id: string
}

describe('models side by side', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const told = async (page: Page) => {
    const id = page.url().split('/').at(-1) ?? ''
    return (await site.call<{ messages: Told[] }>('GET', `/api/conversations/${id}`)).messages
  }
  async function add(page: Page, model: string, language: 'en' | 'zh'): Promise<void> {
    await page.getByRole('button', { name: chatTexts.alsoAsk[language] }).press('Enter')
    await page.getByPlaceholder(chatTexts.searchModels[language]).fill(model)
    await page.getByRole('option', { selected: true }).filter({ hasText: model }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: chatTexts.alsoAsked[language] }).getByText(model, { exact: true }).waitFor()
    // No tip of the button stands open any more.
    await page.locator('#composer').focus()
    await page.locator('[data-radix-popper-content-wrapper]').waitFor({ state: 'detached' })
  }

  const language = 'en'
  it(`answer at the same time, and one of them is gone on with: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ language })
    await page.goto('/')
    await add(page, 'Claude 3 Opus', language)
    await add(page, 'GPT-4', language)
    assert.deepEqual(await violations(page), [])
    const chips = page.getByRole('list', { name: chatTexts.alsoAsked[language] })
    await chips.getByRole('button', { name: chatTexts.doNotAsk[language].replace('{model}', 'GPT-4') }).press('Enter')
    await page.locator('#composer').fill('/long 200000')
    await page.locator('#composer').press('Enter')
    const columns = page.getByRole('group', { name: chatTexts.compare[language] })
    const replies = columns.getByRole('article', { name: chatTexts.reply[language] })
    // Both are being written, each with words already.
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('article[aria-busy=true] .markdown')].filter(
          (one) => (one.textContent?.length ?? 0) > 20,
        ).length === 2,
    )
    assert.equal(await replies.count(), 2)
    assert.deepEqual(await violations(page), [])
    await page.reload()
    await page.locator('article[aria-busy=true] .markdown').nth(1).waitFor()
    await page.locator('#composer').press('Escape')
    await replies.nth(1).getByText(chatTexts.stopped[language], { exact: true }).waitFor()
    assert.equal(await replies.getByText(chatTexts.stopped[language], { exact: true }).count(), 2)
    await replies.nth(1).getByText('Claude 3 Opus', { exact: true }).waitFor()

    await columns.getByRole('button', { name: chatTexts.goOnWith[language] }).press('Enter')
    await columns.locator('> div').nth(1).getByText(chatTexts.goesOnHere[language]).waitFor()
    assert.equal((await told(page)).at(-1)?.model_id, 'claude-3-opus')

    // The next one is asked of both again, after the one that was chosen; that stands alone now.
    await page.locator('#composer').fill('and now?')
    await page.locator('#composer').press('Enter')
    await columns.locator('article[aria-busy=false]').nth(1).waitFor()
    assert.equal(await replies.count(), 2)
    const messages = await told(page)
    assert.deepEqual(
      messages.map(({ role, model_id: model }) => (role === 'user' ? role : model)),
      ['user', 'claude-3-opus', 'user', 'gpt-3.5-turbo'],
    )
    await page.getByText('2/2').waitFor()
    assert.deepEqual(complaints, [])
  })

  it('are seen at once in another window, and on a telephone one beside the other', async () => {
    const { page } = await site.newPage()
    await page.goto('/')
    await add(page, 'Claude 3 Opus', 'en')
    await page.locator('#composer').fill('hello')
    await page.locator('#composer').press('Enter')
    const columns = (where: Page) => where.getByRole('group', { name: chatTexts.compare.en }).locator('> div')
    await columns(page).nth(1).waitFor()
    const phone = await site.newPage({ isPhone: true, width: 360, height: 740, theme: 'dark' })
    await phone.page.goto(new URL(page.url()).pathname)
    await columns(phone.page)
      .nth(1)
      .getByText(/simulated/)
      .waitFor()
    const tops = await columns(phone.page).evaluateAll((all) =>
      all.map((one) => Math.round(one.getBoundingClientRect().top)),
    )
    assert.equal(new Set(tops).size, 1)
    assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    assert.deepEqual(await violations(phone.page), [])
    await columns(phone.page).nth(1).getByRole('button', { name: chatTexts.goOnWith.en }).tap()
    await columns(page).nth(1).getByText(chatTexts.goesOnHere.en).waitFor()
    await phone.page.getByRole('button', { name: chatTexts.alsoAsk.en }).waitFor()
    assert.deepEqual(phone.complaints, [])
  })

  it('does not take the one that is shown away when another fails', async () => {
    const { page } = await site.newPage()
    const { id } = await site.call<{ id: string }>('POST', '/api/conversations', {})
    await page.goto(`/c/${id}`)
    await add(page, 'Claude 3 Opus', 'en')
    await page.locator('#composer').fill('/fail 529')
    await page.locator('#composer').press('Enter')
    const columns = page.getByRole('group', { name: chatTexts.compare.en }).locator('> div')
    await columns.nth(1).getByRole('alert').waitFor({ timeout: 30_000 })
    await columns.nth(0).getByRole('alert').waitFor({ timeout: 30_000 })
  })
})
