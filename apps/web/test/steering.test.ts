/** What is said while a reply is being written: it waits, or it is said instead of the rest. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { openSite, type PageOptions, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

interface Told {
  readonly role: string
  readonly content: string
  readonly status: string
}

describe('what is said meanwhile', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const composer = (page: Page) => page.locator('#composer')
  async function say(page: Page, text: string, key = 'Enter'): Promise<void> {
    await composer(page).fill(text)
    await composer(page).press(key)
  }
  const waiting = (page: Page, language: 'en' | 'zh' = 'en') =>
    page.getByRole('list', { name: chatTexts.waitingMessages[language] }).getByRole('listitem')

  /** A conversation in which a reply is being written that takes long. */
  async function talking(options: PageOptions = {}) {
    const { id } = await site.call<{ id: string }>('POST', '/api/conversations', {})
    const opened = await site.newPage(options)
    const { page } = opened
    await page.goto(`/c/${id}`)
    await composer(page).fill('/long 200000')
    await page.getByRole('button', { name: chatTexts.send[options.language ?? 'en'] }).click()
    await page
      .getByRole('article', { name: chatTexts.reply[options.language ?? 'en'] })
      .getByText(/\w{3}/)
      .first()
      .waitFor()
    const told = async () => (await site.call<{ messages: Told[] }>('GET', `/api/conversations/${id}`)).messages
    const said = async (count: number) => {
      await page.waitForFunction(
        (least) => document.querySelectorAll('article').length >= least && !document.querySelector('[aria-busy=true]'),
        count,
      )
      return (await told()).map(({ role, content, status }) => (role === 'user' ? content : status))
    }
    return { ...opened, said, told }
  }

  const language = 'zh'
  it(`is sent now where somebody wants that; the reply keeps what it had: ${language}`, async () => {
    const { page, complaints, told, said } = await talking({ language })
    await say(page, 'first')
    await say(page, 'second')
    await waiting(page, language).nth(1).waitFor()
    assert.deepEqual(await violations(page), [])
    await waiting(page, language).nth(1).getByRole('button', { name: chatTexts.sendNow[language] }).press('Enter')
    assert.deepEqual(await said(6), ['/long 200000', 'stopped', 'second', 'done', 'first', 'done'])
    assert.ok(((await told())[1]?.content.length ?? 0) > 0)
    assert.deepEqual(complaints, [])
  })

  it('is sent now by key, before what waits already', async () => {
    const { page, said } = await talking()
    await say(page, 'it can wait')
    await waiting(page).waitFor()
    await say(page, 'it cannot', 'Control+Shift+Enter')
    assert.deepEqual(await said(6), ['/long 200000', 'stopped', 'it cannot', 'done', 'it can wait', 'done'])
  })

  it('changes places, comes back into the box, and goes away', async () => {
    const { page, said } = await talking()
    for (const words of ['one', 'two', 'three', 'four']) await say(page, words)
    await waiting(page).nth(3).waitFor()
    const item = (words: string) => waiting(page).filter({ hasText: words })
    assert.equal(await item('one').getByRole('button', { name: chatTexts.sendEarlier.en }).count(), 0)
    await item('three').getByRole('button', { name: chatTexts.sendEarlier.en }).press('Enter')
    await item('two').getByRole('button', { name: chatTexts.discard.en }).press('Enter')
    await composer(page).fill('being typed')
    await item('four').getByRole('button', { name: commonTexts.edit.en }).press('Enter')
    assert.equal(await composer(page).inputValue(), 'four\n\nbeing typed')
    assert.deepEqual(
      (await waiting(page).allTextContents()).map((text) => text.replace(chatTexts.sendNow.en, '')),
      ['one', 'three'],
    )
    await composer(page).press('Enter')
    await item('three').getByRole('button', { name: chatTexts.sendEarlier.en }).press('Enter')
    await page.getByRole('log').focus()
    await page.keyboard.press('Control+Shift+X')
    assert.deepEqual(await said(8), [
      '/long 200000',
      'stopped',
      'three',
      'done',
      'one',
      'done',
      'four\n\nbeing typed',
      'done',
    ])
  })

  it('has room on a telephone', async () => {
    const { page } = await talking({ isPhone: true, width: 360, height: 740 })
    const words = 'a rather long message that says more than one line of a telephone can hold'
    for (const number of ['1', '2']) {
      await composer(page).fill(`${words} ${number}`)
      await page.getByRole('button', { name: chatTexts.queue.en }).tap()
    }
    await waiting(page).nth(1).waitFor()
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    await waiting(page).nth(1).getByRole('button', { name: chatTexts.sendNow.en }).tap()
    await page.getByRole('article', { name: chatTexts.you.en }).getByText(`${words} 2`).waitFor()
  })
})
