import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { settle } from './settle.ts'
import { account, openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

interface Conversation {
  readonly id: string
  readonly messages: readonly {
    readonly id: string
    readonly content: string
    readonly role: string
    readonly status: string
  }[]
}

describe('the chat page', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({
      chromiumPath,
      environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SHUTDOWN_TIMEOUT_MS: '500' },
    })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  async function newConversation(): Promise<string> {
    return (await site.call<Conversation>('POST', '/api/conversations', {})).id
  }
  const messagesOf = async (id: string) => (await site.call<Conversation>('GET', `/api/conversations/${id}`)).messages
  const composer = (page: Page) => page.locator('#composer')
  async function say(page: Page, text: string): Promise<void> {
    await composer(page).fill(text)
    await composer(page).press('Enter')
  }
  /** Waits until the branch has so many messages, all complete, and the page knows it. */
  async function isWhole(page: Page, count: number): Promise<void> {
    const id = page.url().split('/').at(-1) ?? ''
    const deadline = Date.now() + 90_000
    for (;;) {
      const messages = await messagesOf(id)
      if (messages.length === count && messages.every(({ status }) => status !== 'running')) break
      assert.ok(Date.now() < deadline, `${messages.length} of ${count} messages, or one still running`)
      await page.waitForTimeout(100)
    }
    await page.locator('article[aria-busy=true]').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Send' }).waitFor()
  }

  it('signs in, keeps a wrong password out, and goes where one wanted to go', async () => {
    const { page } = await site.newPage({ isSignedIn: false })
    await page.goto('/settings/chat')
    await page.getByLabel('Email').fill(account.email)
    await page.getByLabel('Password', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('Email or password is wrong.').waitFor()
    await page.getByLabel('Password', { exact: true }).fill(account.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/settings/chat')
    await page.getByText('Send with').waitFor()
  })

  it('answers, and keeps what was said', async () => {
    const { page, complaints } = await site.newPage()
    await page.goto('/')
    await say(page, 'good morning')
    await page.waitForURL('**/c/*')
    await page.getByText('good morning', { exact: true }).waitFor()
    await page
      .getByRole('article', { name: 'Reply' })
      .getByText(/simulated/)
      .waitFor()
    await isWhole(page, 2)
    const id = page.url().split('/').at(-1) ?? ''
    assert.deepEqual(
      (await messagesOf(id)).map(({ role, status }) => [role, status]),
      [
        ['user', 'done'],
        ['assistant', 'done'],
      ],
    )
    assert.deepEqual(complaints, [])
  })

  it('goes on where it was after a reload in the middle of a reply', async () => {
    const id = await newConversation()
    const { page, complaints } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 2000')
    const reply = page.getByRole('article', { name: 'Reply' })
    await reply.getByText(/\w{3}/).first().waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Stop' }).waitFor()
    await isWhole(page, 2)
    const [, saved] = await messagesOf(id)
    assert.equal(saved?.status, 'done')
    const plain = (text: string) => text.replace(/\s+/g, '')
    const shown = plain((await reply.locator('.markdown').textContent()) ?? '')
    assert.ok(shown.endsWith(plain(saved?.content ?? '').slice(-60)), shown.slice(-80))
    assert.deepEqual(complaints, [])
  })

  it('does not take a reply away for a moment when it is complete', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 600')
    const written = page.getByRole('article', { name: 'Reply' }).locator('.markdown')
    await written.waitFor()
    await written.evaluate((element) => element.setAttribute('data-first', ''))
    await isWhole(page, 2)
    await settle(page)
    assert.equal(await page.locator('.markdown[data-first]').count(), 1, 'it is the same element to the end')
  })

  it('keeps what was seen when it is stopped', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 5000')
    await page.getByRole('article', { name: 'Reply' }).getByText(/\w{3}/).first().waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped', { exact: true }).waitFor()
    const [, saved] = await messagesOf(id)
    assert.equal(saved?.status, 'stopped')
    assert.ok((saved?.content.length ?? 0) > 0)
  })

  it('stops by key, wherever the focus is', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 5000')
    await page.getByRole('article', { name: 'Reply' }).getByText(/\w{3}/).first().waitFor()
    await page.getByRole('log').focus()
    await page.keyboard.press('Control+Shift+X')
    await page.getByText('Stopped', { exact: true }).waitFor()
  })

  it('sends what is said meanwhile when the reply is there, in order and once', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 400')
    await page.getByRole('button', { name: 'Stop' }).waitFor()
    await say(page, 'second')
    await say(page, 'third')
    await page.getByRole('list', { name: 'Queued messages' }).getByText('third').waitFor()
    await page.getByRole('list', { name: 'Queued messages' }).waitFor({ state: 'detached' })
    await isWhole(page, 6)
    const said = (await messagesOf(id)).filter(({ role }) => role === 'user').map(({ content }) => content)
    assert.deepEqual(said, ['/long 400', 'second', 'third'])
  })

  it('does not send while an input method is choosing characters', async () => {
    const id = await newConversation()
    const { page } = await site.newPage({ language: 'zh' })
    await page.goto(`/c/${id}`)
    await composer(page).fill('你好')
    await composer(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true })
    assert.equal(await composer(page).inputValue(), '你好')
    await composer(page).press('Enter')
    await page.getByRole('article', { name: '回复' }).waitFor()
    assert.equal(await composer(page).inputValue(), '')
  })

  it('keeps a message through an outage and sends it once when the server is back', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await composer(page).waitFor()
    await page.context().setOffline(true)
    await say(page, 'into the void')
    await page.getByText('into the void').waitFor()
    await page.reload().catch(() => undefined)
    await page.context().setOffline(false)
    await page.goto(`/c/${id}`)
    await page.getByRole('article', { name: 'Reply' }).waitFor()
    await isWhole(page, 2)
    assert.deepEqual(
      (await messagesOf(id)).map(({ content }) => content.slice(0, 13)),
      ['into the void', '[gpt-3.5-turb'],
    )
  })

  it('edits into a branch, shows both, makes a reply anew and deletes with undo', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, 'first words')
    await isWhole(page, 2)
    await page.getByText('first words', { exact: true }).hover()
    const mine = page.getByRole('article', { name: 'You' })
    await mine.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Edit the message').fill('other words')
    await page.getByLabel('Edit the message').press('Control+Enter')
    await page.getByText('other words', { exact: true }).waitFor()
    await isWhole(page, 2)
    await mine.hover()
    await mine.getByText('2/2').waitFor()
    await mine.getByRole('button', { name: 'Previous alternative' }).click()
    await page.getByText('first words', { exact: true }).waitFor()
    const reply = page.getByRole('article', { name: 'Reply' })
    await reply.getByRole('button', { name: 'Regenerate' }).click()
    await page.getByRole('menuitem', { name: 'Regenerate' }).click()
    await reply.getByText('2/2').waitFor()
    await reply.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Delete from here on' }).click()
    await reply.getByText('2/2').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await reply.getByText('2/2').waitFor()
    assert.equal((await messagesOf(id)).length, 2)
  })

  it('shows a failure at its place, and tries again', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/fail 529')
    const alert = page.getByRole('alert').filter({ hasText: 'Try again' })
    await alert.waitFor()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('2/2').waitFor()
  })

  it('shows in a second window what is written in the first', async () => {
    const id = await newConversation()
    const first = await site.newPage()
    const second = await site.newPage()
    await Promise.all([first.page.goto(`/c/${id}`), second.page.goto(`/c/${id}`)])
    await composer(second.page).waitFor()
    await say(first.page, 'from the first window')
    await second.page.getByText('from the first window', { exact: true }).waitFor()
    await second.page
      .getByRole('article', { name: 'Reply' })
      .getByText(/simulated/)
      .waitFor()
    await isWhole(second.page, 2)
    assert.equal(await second.page.getByRole('article').count(), 2)
  })

  it('never moves a reader who has scrolled up', async () => {
    const id = await newConversation()
    const { page } = await site.newPage({ height: 600 })
    await page.goto(`/c/${id}`)
    await say(page, '/long 1500')
    await isWhole(page, 2)
    await say(page, '/long 2000')
    await page.getByRole('button', { name: 'Stop' }).waitFor()
    const log = page.getByRole('log')
    await log.hover()
    await page.mouse.wheel(0, -400)
    await page.getByRole('button', { name: 'Jump to the latest message' }).waitFor()
    const before = await log.evaluate(stillAt)
    const newest = page.getByRole('article', { name: 'Reply' }).last()
    const length = async () => (await newest.textContent())?.length ?? 0
    const known = await length()
    while ((await length()) < known + 300) await page.waitForTimeout(100)
    assert.ok(Math.abs((await log.evaluate((element) => element.scrollTop)) - before) <= 2)
    await page.getByRole('button', { name: 'Jump to the latest message' }).click()
    await isWhole(page, 4)
    const left = await log.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop)
    assert.ok(left <= 2, String(left))
  })

  it('brings what is sent to the top of the view, with room below for the reply', async () => {
    const id = await newConversation()
    const { page } = await site.newPage({ height: 700 })
    await page.goto(`/c/${id}`)
    await say(page, '/long 900')
    await isWhole(page, 2)
    await say(page, 'a short one')
    await isWhole(page, 4)
    const log = page.getByRole('log')
    const top = (await log.boundingBox())?.y ?? 0
    const box = await page.getByText('a short one', { exact: true }).boundingBox()
    assert.ok(Math.abs((box?.y ?? 0) - top) < 60, `${box?.y} in a view that begins at ${top}`)
  })

  it('comes back after the server was killed in the middle of a reply, with the words that were seen', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 5000')
    const reply = page.getByRole('article', { name: 'Reply' })
    await reply.getByText(/\w{3}/).first().waitFor()
    await page.waitForFunction(() => (document.querySelector('.markdown')?.textContent?.length ?? 0) > 200)
    await site.restart()
    await page.getByText('Interrupted', { exact: true }).waitFor({ timeout: 30_000 })
    assert.ok(((await messagesOf(id))[1]?.content.length ?? 0) >= 200)
  })

  it('shows a reply that the server’s stop cuts off as interrupted, and at no time as failed', async () => {
    const id = await newConversation()
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await say(page, '/long 50000')
    await page.waitForFunction(() => (document.querySelector('.markdown')?.textContent?.length ?? 0) > 200)
    await page.evaluate(() => {
      const note = () => {
        if (document.querySelector('article [role=alert]') !== null) document.body.dataset['failed'] = 'for a moment'
      }
      new MutationObserver(note).observe(document.body, { childList: true, subtree: true })
    })
    const restarted = site.restart('SIGTERM')
    await page.getByText('Interrupted', { exact: true }).waitFor({ timeout: 30_000 })
    await restarted
    await isWhole(page, 2)
    await page.getByText('Interrupted', { exact: true }).waitFor()
    assert.equal(await page.evaluate(() => document.body.dataset['failed']), undefined)
  })
})

/** Where an element stands once it scrolls no more. */
async function stillAt(element: Element): Promise<number> {
  let before = Number.NaN
  for (let frames = 0; frames < 10; frames += 1) {
    if (element.scrollTop !== before) frames = 0
    before = element.scrollTop
    await new Promise(requestAnimationFrame)
  }
  return before
}
