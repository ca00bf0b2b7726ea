/** What is taken back, by who did it or because the server refused it: the page shows what holds. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import type { Page } from 'playwright-core'
import { settle } from './settle.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const broken = { status: 500, json: { error: 'out of order', code: 'internal' } }

interface Told {
  readonly id: string
  readonly content: string
}

describe('what is taken back', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SIMULATOR_DELAY_MS: '0' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const newConversation = async (title: string) =>
    (await site.call<{ id: string }>('POST', '/api/conversations', { title })).id
  const messagesOf = async (id: string) =>
    (await site.call<{ messages: Told[] }>('GET', `/api/conversations/${id}`)).messages
  const isThere = async (id: string) =>
    await site.call('GET', `/api/conversations/${id}`).then(
      () => true,
      () => false,
    )
  const until = async (holds: () => Promise<boolean>) => {
    for (const deadline = Date.now() + 30_000; !(await holds()); ) {
      assert.ok(Date.now() < deadline, 'it does not come to that')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const mine = (page: Page, words: string) =>
    page.getByRole('article', { name: chatTexts.you.en }).getByText(words, { exact: true })
  const reply = (page: Page) => page.getByRole('article', { name: chatTexts.reply.en })
  const choose = async (page: Page, name: string) => await page.getByRole('menuitem', { name, exact: true }).click()

  it('is deleted at once, does not take with it what is said next, and comes back whole', async () => {
    const id = await newConversation('Deleted')
    await site.call('POST', `/api/conversations/${id}/messages`, { content: 'a question' })
    const { page, complaints } = await site.newPage()
    await page.goto(`/c/${id}`)
    await reply(page).getByRole('button', { name: commonTexts.more.en }).click()
    await choose(page, chatTexts.deleteFromHere.en)
    await reply(page).waitFor({ state: 'detached' })
    await page.locator('#composer').fill('another question')
    await page.locator('#composer').press('Enter')
    await mine(page, 'another question').waitFor()
    await reply(page).getByRole('button', { name: chatTexts.regenerate.en }).waitFor()
    assert.deepEqual((await messagesOf(id)).map(({ content }) => content).slice(0, 2), [
      'a question',
      'another question',
    ])
    await page.getByRole('button', { name: commonTexts.undo.en }).click()
    await mine(page, 'another question').waitFor({ state: 'detached' })
    await reply(page).getByText('1/2').waitFor()

    await page.getByRole('button', { name: 'More about “Deleted”' }).first().click()
    await choose(page, commonTexts.delete.en)
    await page.getByRole('link', { name: 'Deleted' }).waitFor({ state: 'detached' })
    await until(async () => !(await isThere(id)))
    await page.getByRole('button', { name: commonTexts.undo.en }).click()
    await page.getByRole('link', { name: 'Deleted' }).click()
    await mine(page, 'a question').waitFor()
    assert.deepEqual(complaints, [])
  })

  it('is shown as it is when a change or a loading is refused', async () => {
    const id = await newConversation('Refused')
    await site.call('PATCH', `/api/conversations/${id}`, { folder: 'Plans' })
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const model = page.getByRole('button', { name: 'Model: GPT-3.5 Turbo' })
    await page.route(`**/api/conversations/${id}`, (route) =>
      route.request().method() === 'PATCH' ? route.fulfill(broken) : route.continue(),
    )
    await model.click()
    await page.getByRole('option', { name: /Claude 3 Opus/ }).click()
    await page.getByText('out of order', { exact: true }).waitFor()
    await model.waitFor()
    await page.unroute(`**/api/conversations/${id}`)

    const filter = page.getByRole('group', { name: chatTexts.showOnly.en })
    await filter.getByRole('button', { name: 'Plans' }).click()
    await site.call('PATCH', `/api/conversations/${id}`, { folder: null })
    await page.getByText(chatTexts.nothingHere.en).waitFor()
    await filter.getByRole('button', { name: 'Plans' }).click()
    await page.getByRole('link', { name: 'Refused' }).waitFor()

    const lists = /\/api\/conversations\?/
    await page.route(lists, (route) => route.fulfill(broken))
    const refused = page.waitForResponse(lists)
    await site.call('PATCH', `/api/conversations/${id}`, { title: 'Refused again' })
    await refused
    await page.getByRole('heading', { name: 'Refused again' }).waitFor()
    await settle(page)
    assert.equal(await page.getByRole('link', { name: 'Refused' }).count(), 1)
    await page.unroute(lists)

    await page.route('**/api/search?*', (route) => route.fulfill(broken))
    await page.keyboard.press('Control+K')
    await page.getByPlaceholder(shellTexts.paletteHint.en).fill('zzz')
    await page.getByRole('alert').getByText('out of order', { exact: true }).waitFor()
    assert.equal(await page.getByText(shellTexts.paletteEmpty.en).count(), 0)
  })

  it('is a link that was given away: one at a time, for as long as was said, and for all who took it back', async () => {
    const id = await newConversation('Shared')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const dialog = page.getByRole('dialog', { name: chatTexts.share.en })
    const share = async () => {
      await page.getByRole('button', { name: 'More about “Shared”' }).first().click()
      await choose(page, chatTexts.share.en)
      await dialog.getByText(chatTexts.shareHint.en).waitFor()
    }
    await share()
    assert.match(chatTexts.shareHint.en, /replaces/)
    await dialog.getByLabel(chatTexts.shareExpires.en).selectOption('7')
    await dialog.getByRole('button', { name: chatTexts.makeShare.en }).click()
    await dialog.getByText(/works until \w+ \d+, \d{4}/).waitFor()
    const link = dialog.getByLabel(chatTexts.shareLink.en)
    const given = await link.inputValue()
    await dialog.getByRole('button', { name: commonTexts.done.en }).click()
    // The same one, as long as nobody asks for another.
    await share()
    assert.equal(await link.inputValue(), given)
    await dialog.getByRole('button', { name: chatTexts.shareAnew.en }).click()
    await dialog.getByRole('button', { name: chatTexts.makeShare.en }).click()
    await link.waitFor()
    assert.notEqual(await link.inputValue(), given)
    await site.call('DELETE', `/api/conversations/${id}/share`)
    await dialog.getByRole('button', { name: chatTexts.takeShareBack.en }).click()
    await page.getByText(chatTexts.shareTakenBack.en, { exact: true }).waitFor()
    await dialog.waitFor({ state: 'detached' })
    await share()
    await dialog.getByRole('button', { name: chatTexts.makeShare.en }).waitFor()
    assert.equal(await dialog.getByRole('button', { name: chatTexts.takeShareBack.en }).count(), 0)
  })
})
