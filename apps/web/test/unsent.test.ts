/** What is not sent yet: it is nowhere lost, nowhere twice, and nobody else's. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import type { Page } from 'playwright-core'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

interface Told {
  readonly content: string
  readonly attachments: readonly { readonly name: string }[]
}

describe('what is not sent yet', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SIMULATOR_DELAY_MS: '1' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const newConversation = async () => (await site.call<{ id: string }>('POST', '/api/conversations', {})).id
  const saidIn = async (id: string) => {
    const { messages } = await site.call<{ messages: Told[] }>('GET', `/api/conversations/${id}`)
    return messages.map(({ content, attachments }) => [content.slice(0, 20), ...attachments.map(({ name }) => name)])
  }
  const composer = (page: Page) => page.locator('#composer')
  const chips = (page: Page) => page.getByRole('button', { name: /^Remove / })
  const chip = (page: Page, name: string) => page.getByRole('button', { name: `Remove ${name}` })
  const mine = (page: Page, words: string) =>
    page.getByRole('article', { name: chatTexts.you.en }).getByText(words, { exact: true })
  const reply = (page: Page) => page.getByRole('article', { name: chatTexts.reply.en })
  const isWritten = async (page: Page, words: string) =>
    await page.waitForFunction(
      (wanted) => document.querySelector<HTMLTextAreaElement>('#composer')?.value === wanted,
      words,
    )
  async function attach(page: Page, ...names: readonly string[]): Promise<void> {
    const files = names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) }))
    await page.locator('input[type=file]').setInputFiles(files)
    for (const name of names) await chip(page, name).waitFor()
    await page.getByRole('progressbar').first().waitFor({ state: 'detached' })
  }

  it('is in all tabs, with its files, until one sends it; a tab that is left brings nothing back', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await composer(page).fill('in two tabs')
    await attach(page, 'kept.txt', 'removed.txt')
    const { page: other } = await site.newPage({ context: page.context() })
    await other.goto(`/c/${id}`)
    await isWritten(other, 'in two tabs')
    await chips(other).nth(1).waitFor()
    const files = async () => (await site.call<{ name: string }[]>('GET', '/api/attachments')).map(({ name }) => name)
    await chip(page, 'removed.txt').click()
    await chip(other, 'removed.txt').waitFor({ state: 'detached' })
    while ((await files()).includes('removed.txt')) await page.waitForTimeout(50)
    await page.reload()
    await chip(page, 'kept.txt').waitFor()
    await isWritten(page, 'in two tabs')
    await composer(page).press('Enter')
    await mine(page, 'in two tabs').waitFor()
    await isWritten(other, '')
    await chips(other).waitFor({ state: 'detached' })
    await other.goto('about:blank')
    const { page: third } = await site.newPage({ context: page.context() })
    await third.goto(`/c/${id}`)
    await mine(third, 'in two tabs').waitFor()
    assert.deepEqual([await composer(third).inputValue(), await chips(third).count()], ['', 0])
    assert.deepEqual((await saidIn(id))[0], ['in two tabs', 'kept.txt'])
    assert.deepEqual(await files(), ['kept.txt'])
  })

  it('stays in the box until there is a conversation for it', async () => {
    const { page } = await site.newPage()
    await page.goto('/')
    await composer(page).fill('the first words')
    await attach(page, 'first.txt')
    let answer: (() => void) | undefined
    const making = '**/api/conversations'
    await page.route(making, async (route) => {
      await new Promise<void>((resolve) => (answer = resolve))
      await route.fulfill({ status: 500, json: { error: 'not now', code: 'internal' } })
    })
    const asked = page.waitForRequest(
      (request) => request.method() === 'POST' && request.url().endsWith('conversations'),
    )
    await composer(page).press('Enter')
    await asked
    await composer(page).pressSequentially('more')
    assert.equal(await composer(page).inputValue(), 'the first words')
    assert.ok(await page.getByRole('button', { name: chatTexts.send.en }).isDisabled())
    const { page: other } = await site.newPage({ context: page.context() })
    await other.goto('/')
    await isWritten(other, 'the first words')
    await chip(other, 'first.txt').waitFor()
    answer?.()
    await page.getByText('not now', { exact: true }).waitFor()
    assert.deepEqual([await composer(page).inputValue(), await chips(page).count()], ['the first words', 1])
    await page.unroute(making)
    await composer(page).press('Enter')
    await mine(page, 'the first words').waitFor()
    await isWritten(other, '')
    await reply(page).getByRole('button', { name: chatTexts.regenerate.en }).waitFor()
    const id = page.url().split('/').at(-1) ?? ''
    assert.deepEqual((await saidIn(id))[0], ['the first words', 'first.txt'])
  })

  it('is not shown to who signs in next, and is there when its writer comes back', async () => {
    const { page } = await site.newPage()
    await page.goto('/')
    await composer(page).fill('between us')
    await attach(page, 'secret.txt')
    const session = await page.evaluate(() => localStorage.getItem('parley.session') ?? '')
    const next = { email: 'next@example.com', username: 'Next', password: 'another long password' }
    await fetch(`${site.origin}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(next),
    })
    await page.evaluate(() => localStorage.setItem('parley.session', 'null'))
    await page.reload()
    await page.getByLabel('Email').fill(next.email)
    await page.getByLabel('Password', { exact: true }).fill(next.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('What is on your mind, Next?').waitFor()
    assert.deepEqual([await composer(page).inputValue(), await chips(page).count()], ['', 0])
    await page.evaluate((stored) => localStorage.setItem('parley.session', stored), session)
    await page.reload()
    await isWritten(page, 'between us')
    await chip(page, 'secret.txt').waitFor()
  })

  it('is a text where there is no room for another file', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await attach(page, ...Array.from({ length: 10 }, (_, index) => `file-${index}.txt`))
    await composer(page).evaluate((box) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'a long line\n'.repeat(500))
      box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
    await isWritten(page, 'a long line\n'.repeat(500))
    assert.equal(await chips(page).count(), 10)
    assert.equal(await page.getByRole('button', { name: fileTexts.asText.en }).count(), 0)

    await composer(page).fill('')
    await page.evaluate(() => {
      const fits = (size: number) => {
        try {
          localStorage.setItem(`full ${size}`, 'x'.repeat(size))
          return true
        } catch {
          return false
        }
      }
      for (let size = 2 ** 23; size >= 1; size /= 2) fits(size)
    })
    await composer(page).fill('where the browser has no room either')
    await composer(page).press('Enter')
    await mine(page, 'where the browser has no room either').waitFor()
  })

  it('comes back into the box while it is being sent, and when it could not be', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const sending = '**/messages/stream'
    await page.route(sending, () => undefined)
    await composer(page).fill('not this')
    await attach(page, 'with-it.txt')
    await composer(page).press('Enter')
    await isWritten(page, '')
    await page.getByRole('button', { name: commonTexts.cancel.en }).click()
    await isWritten(page, 'not this')
    await chip(page, 'with-it.txt').waitFor()
    assert.equal(await page.getByRole('log').getByText('not this').count(), 0)
    await page.unroute(sending)

    // Here the server has it, and only its answer is on the way.
    await page.route(sending, (route) => void route.fetch().catch(() => undefined))
    const other = await newConversation()
    await page.goto(`/c/${other}`)
    await composer(page).fill('/long 200000')
    await composer(page).press('Enter')
    while ((await saidIn(other)).length === 0) await page.waitForTimeout(50)
    await page.getByRole('button', { name: commonTexts.cancel.en }).click()
    await mine(page, '/long 200000').waitFor()
    await reply(page).getByText(/\w{3}/).first().waitFor()
    await page.unroute(sending)
    await page.goto(`/c/${id}`)

    await page.route(sending, (route) => route.fulfill({ status: 429, json: { error: 'too much', code: 'quota' } }))
    await composer(page).fill('nor this')
    await composer(page).press('Enter')
    await page.getByRole('alert').getByRole('button', { name: commonTexts.edit.en }).click()
    await isWritten(page, 'nor this')
    await page.unroute(sending)
    await composer(page).fill('but this')
    await composer(page).press('Enter')
    await mine(page, 'but this').waitFor()
    await reply(page).getByRole('button', { name: chatTexts.regenerate.en }).waitFor()
    assert.deepEqual(
      (await saidIn(id)).filter((_, index) => index % 2 === 0),
      [['but this', 'with-it.txt']],
    )
  })

  it('is what a message was changed to, also when it was scrolled out of view', async () => {
    const id = await newConversation()
    for (const words of ['first', 'second', 'third']) {
      await site.call('POST', `/api/conversations/${id}/messages`, { content: `${words}\n/long 3000` })
    }
    const { page } = await site.newPage({ height: 500 })
    await page.goto(`/c/${id}`)
    const log = page.getByRole('log')
    const scroll = async (by: number) => {
      await log.hover()
      await page.mouse.wheel(0, by)
    }
    const first = page.getByRole('article', { name: chatTexts.you.en }).filter({ hasText: 'first' })
    await mine(page, 'third\n/long 3000').waitFor({ state: 'attached' })
    while (!(await first.isVisible())) await scroll(-2000)
    await first.hover()
    await first.getByRole('button', { name: commonTexts.edit.en }).click()
    const box = page.getByLabel(chatTexts.editMessage.en)
    await box.fill('other words')
    while (await box.isVisible()) await scroll(2000)
    while (!(await box.or(first).isVisible())) await scroll(-2000)
    assert.equal(await box.inputValue(), 'other words')
    await page.getByRole('button', { name: commonTexts.cancel.en }).click()
    await first.waitFor()
  })
})
