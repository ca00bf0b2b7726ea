/** What is said when a limit refuses it: nothing of it is in the conversation, and whoever said it still has it. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const person = { email: 'admin@example.com', password: 'a long password indeed' }

describe('what a limit refuses', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, person, isDemo: false, environment: { SIMULATOR_DELAY_MS: '0' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  async function allowTokens(quota: number): Promise<void> {
    const { id } = await site.call<{ id: string }>('GET', '/api/auth/me')
    await site.call('PATCH', `/admin/users/${id}`, { token_quota: quota })
  }
  const messagesOf = async (id: string) =>
    (await site.call<{ messages: { content: string }[] }>('GET', `/api/conversations/${id}`)).messages

  it('is shown once with the reason, survives a reload, and is sent when there is room', async () => {
    const language = 'zh'
    await allowTokens(0)
    const { id } = await site.call<{ id: string }>('POST', '/api/conversations', {})
    const { page } = await site.newPage({ language })
    const other = await site.newPage({ language })
    await other.page.goto(`/c/${id}`)
    await page.goto(`/c/${id}`)
    await page.locator('#composer').fill('is there room?')
    await page.locator('#composer').press('Enter')
    const alert = page.getByRole('alert').filter({ hasText: '配额已用完' })
    await alert.waitFor()
    assert.deepEqual(await messagesOf(id), [])
    await page.reload()
    await alert.waitFor()
    assert.equal(await page.getByText('is there room?', { exact: true }).count(), 1)
    await other.page.reload()
    await other.page.locator('#composer').waitFor()
    assert.equal(await other.page.getByRole('article').count(), 0)

    await allowTokens(1_000_000)
    // A quota that was changed holds within seconds.
    const reply = page.getByRole('article', { name: chatTexts.reply[language] })
    for (const deadline = Date.now() + 30_000; !(await reply.isVisible()); ) {
      assert.ok(Date.now() < deadline, 'it is still refused')
      await alert.getByRole('button', { name: commonTexts.retry[language] }).click()
      await reply.or(alert).waitFor()
    }
    await page
      .getByRole('article', { name: chatTexts.reply[language] })
      .and(page.locator('[aria-busy=false]'))
      .waitFor()
    await alert.waitFor({ state: 'detached' })
    assert.deepEqual(
      (await messagesOf(id)).map(({ content }) => content.slice(0, 14)),
      ['is there room?', '[gpt-3.5-turbo'],
    )
  })
})
