/** Details of the chat that are seen in a browser only. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('details of the chat', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    const environment = {
      CHAT_REQUESTS_PER_MINUTE: '10000',
      SIMULATOR_DELAY_MS: '0',
      ATTACHMENT_QUOTA_BYTES: '2000',
      ATTACHMENT_MAX_BYTES: '2000',
    }
    site = await openSite({ chromiumPath, environment })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const newConversation = async (title: string) =>
    (await site.call<{ id: string }>('POST', '/api/conversations', { title })).id
  /** A conversation in which this was replied. */
  async function replied(title: string, content: string): Promise<string> {
    const id = await newConversation(title)
    const path = `/api/conversations/${id}/messages`
    const { aiMessage } = await site.call<{ aiMessage: { id: string } }>('POST', path, { content: 'go on' })
    await site.call('PATCH', `${path}/${aiMessage.id}`, { content, reply: false })
    return id
  }
  const reply = (page: Page) => page.getByRole('article', { name: chatTexts.reply.en })
  const open = async (page: Page, title: string) => await page.getByRole('link', { name: title }).click()

  it('draws formulas between brackets, and pictures that are in the text', async () => {
    const words = 'It costs $5, \\(x^2\\) and \\(y^2\\).\n\n- so\n\n  \\[\n  \\frac{a}{b}\n  \\]\n\n`\\(z\\)`'
    const id = await replied('Formulas', `${words}\n\n![a dot](data:image/png;base64,${dot})`)
    const { page, complaints } = await site.newPage()
    await page.goto(`/c/${id}`)
    await reply(page).locator('.katex-display .mfrac').waitFor()
    assert.equal(await reply(page).locator('.katex').count(), 3)
    assert.equal(await reply(page).locator('code').textContent(), '\\(z\\)')
    await reply(page).getByText('It costs $5,').waitFor()
    const picture = reply(page).getByRole('img', { name: 'a dot' })
    await picture.scrollIntoViewIfNeeded()
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('img[alt="a dot"]')?.naturalWidth === 1)
    assert.deepEqual(complaints, [])
  })

  it('lets who has changed a message, or has not, go on typing', async () => {
    const id = await replied('Changed', 'a reply')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const mine = page.getByRole('article', { name: chatTexts.you.en })
    for (const leave of ['Escape', 'Control+Enter']) {
      await mine.hover()
      await mine.getByRole('button', { name: commonTexts.edit.en }).press('Enter')
      await page.getByLabel(chatTexts.editMessage.en).press(leave)
      await page.getByLabel(chatTexts.editMessage.en).waitFor({ state: 'detached' })
      await page.locator('#composer:focus').waitFor()
    }
  })

  it('gives the focus back to the menu that a dialog came from, and to the composer when a reply is stopped', async () => {
    const id = await replied('Menu and stop', 'a reply')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const menu = page.locator('header').getByRole('button', { name: /Menu and stop/ })
    for (const item of [chatTexts.share.en, chatTexts.rename.en]) {
      await menu.press('Enter')
      await page.getByRole('menuitem', { name: item }).press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await menu.and(page.locator(':focus')).waitFor()
    }
    await page.locator('#composer').press('Control+k')
    await page.getByPlaceholder(shellTexts.paletteHint.en).press('Escape')
    await page.locator('#composer:focus').waitFor()
    await page.locator('#composer').fill('/slow')
    await page.locator('#composer').press('Enter')
    await page.getByRole('button', { name: chatTexts.stop.en, exact: true }).press('Enter')
    await page.locator('#composer:focus').waitFor()
  })

  it('takes no prices, variables or escaped brackets for formulas', async () => {
    const words = 'It costs $5 and $10, see \\[1\\]; in $PATH or $HOME'
    const id = await replied('Prices', `${words}, with $n$ and $x^2$.`)
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await reply(page).locator('.katex').nth(1).waitFor()
    assert.equal(await reply(page).locator('.katex').count(), 2)
    await reply(page).getByText(words.replaceAll('\\', '')).waitFor()
  })

  it('draws diagrams when they can be loaded again, and anew when the system goes dark', async () => {
    const diagram = '```mermaid\nflowchart LR\n  A --> B\n```'
    const id = await replied('A diagram', diagram)
    await replied('Another diagram', diagram)
    const { page } = await site.newPage()
    await page.route('**/diagram', (route) => route.fulfill({ status: 502, body: 'no upstream' }))
    const given = page.waitForEvent('console', (message) => message.text().startsWith('a diagram stays'))
    await page.goto(`/c/${id}`)
    await given
    await page.unroute('**/diagram')
    await open(page, 'Another diagram')
    const drawn = page.getByRole('img', { name: new RegExp(`^${chatTexts.diagram.en}`) })
    await drawn.waitFor()
    const byDay = await drawn.getAttribute('src')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForFunction(
      (before) => document.querySelector('main img[alt^=Diagram]')?.getAttribute('src') !== before,
      byDay,
    )
  })

  it('keeps any temperature, and the key for the model opens nothing later', async () => {
    const id = await newConversation('Warm')
    const group = await site.call<{ id: string }>('POST', '/api/group-conversations', {
      name: 'Some',
      botIds: ['bot-cs'],
    })
    const { page } = await site.newPage()
    await page.goto(`/c/${group.id}`)
    await page.locator('#composer').waitFor()
    await page.keyboard.press('Control+Shift+M')
    await open(page, 'Warm')
    await page.getByRole('button', { name: /^Model: / }).waitFor()
    assert.equal(await page.getByPlaceholder(chatTexts.searchModels.en).count(), 0)
    await page.keyboard.press('Control+Shift+M')
    await page.getByPlaceholder(chatTexts.searchModels.en).waitFor()
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'More about “Warm”' }).first().click()
    await page.getByRole('menuitem', { name: chatTexts.instructions.en }).click()
    const dialog = page.getByRole('dialog', { name: chatTexts.instructions.en })
    await dialog.getByLabel(chatTexts.temperature.en).fill('0.75')
    await dialog.getByRole('option', { name: chatTexts.effortDefault.en }).waitFor({ state: 'attached' })
    await dialog.getByRole('button', { name: commonTexts.save.en }).click()
    await dialog.waitFor({ state: 'detached' })
    const { parameters } = await site.call<{ parameters: object }>('GET', `/api/conversations/${id}`)
    assert.deepEqual(parameters, { temperature: 0.75 })
  })

  it('tells who does not see it which suggestion is meant', async () => {
    const id = await newConversation('Suggested')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page.locator('#composer').pressSequentially('@gpt')
    const meant = async () =>
      await page.evaluate(() => {
        const name = document.querySelector('#composer')?.getAttribute('aria-activedescendant') ?? ''
        const option = document.getElementById(name)
        return option?.getAttribute('aria-selected') === 'true' ? option.textContent : null
      })
    const options = page.getByRole('option')
    await options.nth(1).waitFor()
    assert.equal(await meant(), await options.nth(0).textContent())
    await page.keyboard.press('ArrowDown')
    assert.equal(await meant(), await options.nth(1).textContent())
    assert.deepEqual(await violations(page), [])
  })

  it('has a way out when there is no room for more files', async () => {
    const id = await newConversation('Full')
    await site.upload('old.txt', new TextEncoder().encode('x'.repeat(1500)))
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const file = { name: 'more.txt', mimeType: 'text/plain', buffer: Buffer.alloc(1000, 'a') }
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('alert').getByText('more than the 2 kB that you have').waitFor()
    await page.goto('/settings/data')
    const remove = page.getByRole('button', { name: 'Delete old.txt' })
    await remove.waitFor()
    assert.deepEqual(await violations(page), [])
    await remove.click()
    await page.getByRole('dialog').getByRole('button', { name: commonTexts.delete.en }).click()
    await page.getByText(settingsTexts.noFiles.en).waitFor()
    await page.goto(`/c/${id}`)
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('button', { name: 'Remove more.txt' }).waitFor()
    await page.getByRole('progressbar').waitFor({ state: 'detached' })
    assert.equal(await page.getByRole('alert').count(), 0)
  })
})
