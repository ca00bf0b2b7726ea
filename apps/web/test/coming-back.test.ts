/** What a page makes of what it did not hear: the feed was away, or the page was in the background. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import type { Page } from 'playwright-core'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const feed = '**/api/events'

interface Told {
  readonly role: string
  readonly content: string
  readonly status: string
  readonly run_id: string
}

describe('a page that was away', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const newConversation = async (title: string) =>
    (await site.call<{ id: string }>('POST', '/api/conversations', { title })).id
  const messagesOf = async (id: string) =>
    (await site.call<{ messages: Told[] }>('GET', `/api/conversations/${id}`)).messages
  const sayElsewhere = async (id: string, content: string) =>
    await site.call('POST', `/api/conversations/${id}/messages`, { content })
  async function say(page: Page, text: string): Promise<void> {
    await page.locator('#composer').fill(text)
    await page.locator('#composer').press('Enter')
  }
  const mine = (page: Page, words: string) =>
    page.getByRole('article', { name: chatTexts.you.en }).getByText(words, { exact: true })
  const reply = (page: Page) => page.getByRole('article', { name: chatTexts.reply.en }).last()
  const stop = (page: Page) => page.getByRole('button', { name: chatTexts.stop.en, exact: true })
  const open = async (page: Page, title: string) => await page.getByRole('link', { name: title }).click()
  const running = (page: Page, title: string) =>
    page.getByRole('link', { name: title }).getByRole('img', { name: chatTexts.running.en })
  const backToChat = (page: Page) => page.getByRole('link', { name: settingsTexts.backToChat.en })
  /** To a part of the page that has no feed; what is loaded stays. */
  async function leave(page: Page): Promise<void> {
    await page.locator('body').press('Control+.')
    await backToChat(page).waitFor()
  }
  async function comeBack(page: Page, title: string): Promise<void> {
    await backToChat(page).click()
    await open(page, title)
    await page.getByRole('heading', { name: title }).waitFor()
  }

  /** A long reply that is written in a conversation which no page has open. */
  async function talkElsewhere(page: Page, title: string) {
    const id = await newConversation(title)
    await page.getByRole('link', { name: title }).waitFor()
    const said = sayElsewhere(id, '/long 200000')
    let runId: string | undefined
    while (runId === undefined) runId = (await messagesOf(id))[1]?.run_id
    await running(page, title).waitFor()
    return {
      async end() {
        await site.call('POST', `/api/runs/${runId}/stop`)
        await said
      },
    }
  }

  it('knows that a reply has ended, and sends what is said next', async () => {
    const { page } = await site.newPage()
    await Promise.all([page.waitForResponse(feed), page.goto('/')])
    const heard = await talkElsewhere(page, 'Ended meanwhile')
    const unheard = await talkElsewhere(page, 'Ended unheard')
    await leave(page)
    await unheard.end()
    await page.route(feed, (route) => route.abort())
    await comeBack(page, 'Ended unheard')
    await stop(page).click()
    await stop(page).waitFor({ state: 'detached' })
    await say(page, 'and without a feed')
    await mine(page, 'and without a feed').waitFor()

    await leave(page)
    await heard.end()
    await page.unroute(feed)
    await comeBack(page, 'Ended meanwhile')
    await running(page, 'Ended meanwhile').waitFor({ state: 'detached' })
    await say(page, 'go on')
    await mine(page, 'go on').waitFor()
    await reply(page)
      .getByText(/simulated/)
      .waitFor()
  })

  it('shows what was said meanwhile, and what is said on top of it', async () => {
    const id = await newConversation('Gone on')
    await sayElsewhere(id, 'at first')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await mine(page, 'at first').waitFor()
    await leave(page)
    await sayElsewhere(id, 'meanwhile')
    await comeBack(page, 'Gone on')
    await mine(page, 'meanwhile').waitFor()

    await page.route(feed, (route) => route.abort())
    await leave(page)
    await comeBack(page, 'Gone on')
    await sayElsewhere(id, 'unheard')
    await say(page, '/long 200000')
    await mine(page, '/long 200000').waitFor()
    await mine(page, 'unheard').waitFor()
    await stop(page).click()
    assert.deepEqual(
      (await messagesOf(id)).filter(({ role }) => role === 'user').map(({ content }) => content),
      ['at first', 'meanwhile', 'unheard', '/long 200000'],
    )
  })

  it('says that there is no connection whatever a proxy answers, and goes on when there is one', async () => {
    const { page } = await site.newPage()
    await page.route(feed, (route) => route.fulfill({ status: 404, body: 'no such host' }))
    await page.goto('/')
    const banner = page.getByRole('status').getByText(shellTexts.offlineNow.en)
    await banner.waitFor()
    await page.unroute(feed)
    await banner.waitFor({ state: 'detached' })
    await newConversation('Heard of')
    await page.getByRole('link', { name: 'Heard of' }).waitFor()
  })

  it('comes to the end of a reply also in the background', async () => {
    const id = await newConversation('In the background')
    const { page } = await site.newPage()
    // A browser gives a page in the background no frames, also not those that were asked for before.
    await page.addInitScript(() => {
      const inFront = requestAnimationFrame.bind(globalThis)
      globalThis.requestAnimationFrame = (callback) => inFront((time) => document.hidden || callback(time))
    })
    await page.goto(`/c/${id}`)
    await say(page, '/long 1000')
    await reply(page).getByText(/\w{3}/).first().waitFor()
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await page.locator('article[aria-busy=false]').nth(0).waitFor()
    await stop(page).waitFor({ state: 'detached' })
  })

  it('keeps a reply whose last loading fails, until it is loaded', async () => {
    const id = await newConversation('Not loaded')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page.locator('#composer').waitFor()
    const loading = `**/api/conversations/${id}`
    await page.route(loading, (route) => route.fulfill({ status: 500, json: { error: 'broken' } }))
    await say(page, 'good morning')
    await reply(page)
      .getByText(/simulated/)
      .waitFor()
    await stop(page).waitFor({ state: 'detached' })
    // A moment after a reply is saved, what was shown while it was written is given up.
    await page.waitForTimeout(1500)
    assert.match((await reply(page).textContent()) ?? '', /simulated/)
    await page.unroute(loading)
    await leave(page)
    await comeBack(page, 'Not loaded')
    await reply(page).getByRole('button', { name: chatTexts.regenerate.en }).waitFor()
    assert.match((await reply(page).textContent()) ?? '', /simulated/)
  })
})
