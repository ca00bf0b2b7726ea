import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { settle } from './settle.ts'
import { openSite, type Site } from './site.ts'
import { settingsSections } from './settings-sections.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

interface Told {
  readonly id: string
  readonly rating: string | null
}

describe('around the chat', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SIMULATOR_DELAY_MS: '0' } })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const newConversation = async (title: string) =>
    (await site.call<{ id: string }>('POST', '/api/conversations', { title })).id
  async function conversationOf(turns: number): Promise<string> {
    const id = await newConversation('A long talk')
    for (let turn = 1; turn <= turns; turn += 1) {
      await site.call('POST', `/api/conversations/${id}/messages`, { content: `Question ${turn}\n/long 3000` })
    }
    return id
  }
  const messagesOf = async (id: string) =>
    (await site.call<{ messages: Told[] }>('GET', `/api/conversations/${id}`)).messages
  const reply = (page: Page) => page.getByRole('article', { name: 'Reply' }).last()
  const untilSaved = async (isSaved: () => Promise<boolean>) => {
    const deadline = Date.now() + 20_000
    while (!(await isSaved())) {
      assert.ok(Date.now() < deadline, 'not saved')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  it('pins stand in the order into which they are dragged, or moved with the keyboard, on every device', async () => {
    const names = ['Pin one', 'Pin two', 'Pin three', 'Not pinned']
    const ids: string[] = []
    for (const name of names) ids.push(await newConversation(name))
    const { page, complaints } = await site.newPage()
    await site.call('PUT', '/api/pins', { conversation_ids: ids.slice(0, 3) })
    await page.goto('/')
    const list = page.getByRole('list', { name: 'Conversations' })
    const shown = async () =>
      (await list.getByRole('link').allTextContents()).map((name) => name.trim()).filter((name) => names.includes(name))
    const untilShown = async (...wanted: readonly string[]) =>
      await untilSaved(async () => JSON.stringify((await shown()).slice(0, wanted.length)) === JSON.stringify(wanted))
    await untilShown('Pin one', 'Pin two', 'Pin three')
    const row = (name: string) => list.getByRole('listitem').filter({ hasText: name })
    await row('Pin three').dragTo(row('Pin one'), { targetPosition: { x: 40, y: 3 } })
    await untilShown('Pin three', 'Pin one', 'Pin two')
    await row('Not pinned').dragTo(row('Pin one'), { targetPosition: { x: 40, y: 30 } })
    await untilShown('Pin three', 'Pin one', 'Not pinned', 'Pin two')

    await row('Pin two').getByRole('button').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Move up' }).press('Enter')
    await untilShown('Pin three', 'Pin one', 'Pin two', 'Not pinned')
    const other = await site.newPage({ language: 'zh' })
    await other.page.goto('/')
    const there = other.page.getByRole('list', { name: chatTexts.conversations.zh }).getByRole('link')
    await there.first().waitFor()
    assert.deepEqual((await there.allTextContents()).slice(0, 4), ['Pin three', 'Pin one', 'Pin two', 'Not pinned'])
    assert.deepEqual(complaints, [])
  })

  it('says what one thinks of a reply, on every device, and takes it back', async () => {
    const id = await newConversation('Rated')
    await site.call('POST', `/api/conversations/${id}/messages`, { content: 'hello' })
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const good = reply(page).getByRole('button', { name: 'Good reply' })
    const bad = reply(page).getByRole('button', { name: 'Bad reply' })
    await good.press('Enter')
    await untilSaved(async () => (await messagesOf(id))[1]?.rating === 'good')
    await bad.click()
    await untilSaved(async () => (await messagesOf(id))[1]?.rating === 'bad')
    const other = await site.newPage({ language: 'zh' })
    await other.page.goto(`/c/${id}`)
    const theirs = other.page.getByRole('button', { name: chatTexts.badReply.zh })
    assert.equal(await theirs.getAttribute('aria-pressed'), 'true')
    assert.equal(await good.getAttribute('aria-pressed'), 'false')
    await theirs.click()
    await page.waitForFunction(() => document.querySelector('article [aria-pressed=true]') === null)
    assert.equal((await messagesOf(id))[1]?.rating, null)
  })

  it('reads a reply aloud, in its language, until it is told to stop or is left', async () => {
    const id = await newConversation('Spoken')
    const path = `/api/conversations/${id}/messages`
    const { aiMessage } = await site.call<{ aiMessage: Told }>('POST', path, { content: 'hello' })
    const content = '# 标题\n\n千里之行，**始于足下**。\n\n```ts\nconst a = 1\n```\n'
    await site.call('PATCH', `${path}/${aiMessage.id}`, { content, reply: false })
    const { page } = await site.newPage()
    // A machine without loudspeakers has no voices either: what it is given to say is noted.
    await page.addInitScript(() => {
      const noted = globalThis as unknown as { said: string[]; cancelled: number }
      noted.said = []
      noted.cancelled = 0
      speechSynthesis.speak = ({ text, lang }) => void noted.said.push(`${lang}: ${text}`)
      speechSynthesis.cancel = () => void (noted.cancelled += 1)
    })
    const noted = async () =>
      await page.evaluate(() => {
        const { said, cancelled } = globalThis as unknown as { said: string[]; cancelled: number }
        return { said, cancelled }
      })
    await page.goto(`/c/${id}`)
    await reply(page).getByRole('button', { name: 'Read aloud' }).press('Enter')
    assert.deepEqual((await noted()).said, ['zh-CN: 标题', 'zh-CN: 千里之行，始于足下。'])
    const stop = reply(page).getByRole('button', { name: 'Stop reading' })
    await stop.press('Enter')
    await stop.waitFor({ state: 'detached' })
    await reply(page).getByRole('button', { name: 'Read aloud' }).click()
    const { cancelled } = await noted()
    await page.getByRole('link', { name: 'New chat' }).click()
    await page.waitForURL('**/')
    assert.equal((await noted()).cancelled, cancelled + 1)
  })

  it('goes to what was said before by key and by button, and to anything that was said by its outline', async () => {
    const id = await conversationOf(5)
    const language = 'zh'
    const { page, complaints } = await site.newPage({ height: 500, language })
    await page.goto(`/c/${id}`)
    const log = page.getByRole('log')
    const atTop = async (words: string) =>
      await page.waitForFunction((wanted) => {
        const view = document.querySelector('[role=log]')?.getBoundingClientRect().top ?? 0
        const said = [...document.querySelectorAll('article')].find((each) => each.textContent?.startsWith(wanted))
        return said !== undefined && Math.abs(said.getBoundingClientRect().top - view) < 30
      }, words)
    await log.getByText('Question 5').waitFor()
    await page.keyboard.press('Alt+ArrowUp')
    await atTop('Question 5')
    await page.keyboard.press('Alt+ArrowUp')
    await atTop('Question 4')
    await page.getByRole('button', { name: chatTexts.previousMessage[language] }).click()
    await atTop('Question 3')
    await page.keyboard.press('Alt+ArrowDown')
    await atTop('Question 4')
    await page.getByRole('button', { name: chatTexts.outline[language] }).press('Enter')
    const outline = page.getByRole('dialog', { name: chatTexts.outline[language] })
    assert.deepEqual((await outline.getByRole('button').allTextContents()).length, 5)
    assert.match((await outline.locator('[aria-current]').textContent()) ?? '', /^Question 4/)
    assert.deepEqual(await violations(page), [])
    await outline.getByRole('button', { name: 'Question 1' }).press('Enter')
    await atTop('Question 1')
    await page.getByRole('button', { name: chatTexts.toEnd[language] }).click()
    await page.waitForFunction(() => {
      const view = document.querySelector('[role=log]')
      return view !== null && view.scrollHeight - view.clientHeight - view.scrollTop < 4
    })
    assert.deepEqual(complaints, [])
  })

  it('quotes the words that are selected in a reply', async () => {
    const id = await newConversation('Quoted')
    await site.call('POST', `/api/conversations/${id}/messages`, { content: 'hello' })
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const words = reply(page).locator('.markdown p').first()
    await words.click({ clickCount: 3 })
    await page.getByRole('button', { name: 'Quote', exact: true }).click()
    const quoted = await page.locator('#composer').inputValue()
    assert.equal(quoted, `> ${(await words.textContent())?.trim()}\n\n`)
    await page.getByRole('button', { name: 'Quote', exact: true }).waitFor({ state: 'detached' })
  })

  it('chooses the model with @ while one types, and how much it thinks', async () => {
    const { page } = await site.newPage({ language: 'zh' })
    const id = await newConversation('Chosen')
    await page.goto(`/c/${id}`)
    const composer = page.locator('#composer')
    await composer.pressSequentially('hello @opus')
    await page.getByRole('option', { name: /Claude 3 Opus/ }).waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await composer.inputValue(), 'hello ')
    await page.getByRole('button', { name: '模型：Claude 3 Opus' }).waitFor()
    await page.getByRole('button', { name: '思考强度：模型默认' }).press('Enter')
    await page.getByRole('menuitem', { name: chatTexts.high.zh }).press('Enter')
    await page.getByRole('button', { name: '思考强度：高' }).waitFor()
    interface Chosen {
      readonly model_id: string
      readonly parameters: object
    }
    await untilSaved(async () => {
      const { model_id: model, parameters } = await site.call<Chosen>('GET', `/api/conversations/${id}`)
      return model === 'claude-3-opus' && JSON.stringify(parameters) === '{"reasoning_effort":"high"}'
    })
  })

  it('deletes everything, once that is sure', async () => {
    await newConversation('One of many')
    const { page } = await site.newPage({ language: 'zh' })
    await page.goto('/settings/data')
    await page.getByRole('button', { name: settingsTexts.deleteAllTitle.zh }).click()
    const dialog = page.getByRole('dialog', { name: settingsTexts.deleteAllTitle.zh })
    assert.deepEqual(await violations(page), [])
    await dialog.getByRole('button', { name: commonTexts.cancel.zh }).click()
    assert.notDeepEqual(await site.call('GET', '/api/conversations'), [])
    await page.getByRole('button', { name: settingsTexts.deleteAllTitle.zh }).click()
    await dialog.getByRole('button', { name: commonTexts.delete.zh }).click()
    await page
      .getByText(/^已删除 \d+ 个对话/)
      .first()
      .waitFor()
    assert.deepEqual(await site.call('GET', '/api/conversations'), [])
  })

  it('keeps an open editor when a reload fails, and deletes what people have made once that is sure', async () => {
    await site.call('POST', '/api/bots', { name: 'Made to go' })
    await site.call('POST', '/api/templates', { name: 'Made to go', content: 'away' })
    const { page } = await site.newPage()
    await page.clock.install()
    const dialog = page.getByRole('dialog')
    for (const [section, newLabel] of [
      ['templates', settingsTexts.newTemplate.en],
      ['bots', settingsTexts.newBot.en],
      ['models', settingsTexts.newModel.en],
    ] as const) {
      await page.goto(`/settings/${section}`)
      await page.getByRole('button', { name: newLabel }).click()
      const name = dialog.getByLabel('Name', { exact: true }).first()
      await name.fill('half done')
      await page.route(`**/api/${section}`, (route) => route.fulfill({ status: 500, json: { error: 'no' } }))
      const refused = page.waitForResponse((response) => response.status() === 500)
      await page.clock.fastForward(120_000)
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
      await refused
      await settle(page)
      assert.equal(await name.inputValue(), 'half done', section)
      await page.unroute(`**/api/${section}`)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      if (section === 'models') continue
      const line = page.getByRole('listitem').filter({ hasText: 'Made to go' })
      await line.getByRole('button', { name: 'Delete' }).click()
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await line.waitFor({ state: 'detached' })
    }
  })

  const language = 'en'
  it(`finds every setting by its name, and shows where it is: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ language, height: 500 })
    const titles = new Set<string>()
    for (const section of settingsSections) {
      await page.goto(`/settings/${section}`)
      if (section === 'account') await page.getByText(settingsTexts.changePassword[language]).first().waitFor()
      await page.locator('main').waitFor()
      const found = await page
        .locator('main [data-setting]')
        .evaluateAll((all) => all.map((each) => each.getAttribute('data-setting') ?? ''))
      for (const title of found) titles.add(title)
    }
    assert.ok(titles.size > 25, [...titles].join(', '))
    const search = page.getByRole('searchbox', { name: settingsTexts.search[language] })
    const results = page.getByRole('complementary').getByRole('navigation')
    for (const title of titles) {
      await search.fill(title)
      assert.ok(
        (await results.getByRole('link').allTextContents()).some((link) => link.startsWith(title)),
        title,
      )
    }
    await search.fill('nothing like that')
    await results.getByText(settingsTexts.nothingFound[language]).waitFor()
    await search.fill(settingsTexts.keyDelete[language])
    assert.deepEqual(await violations(page), [])
    await search.press('Enter')
    await page.waitForURL('**/settings/keyboard#*')
    const setting = page.locator(`[data-setting="${settingsTexts.keyDelete[language]}"]`)
    await page.waitForFunction(() => document.activeElement?.hasAttribute('data-setting') === true)
    assert.equal(await setting.evaluate((element) => element === document.activeElement), true)
    await page.waitForFunction(() => {
      const { top = 0, bottom = 0 } = document.activeElement?.getBoundingClientRect() ?? {}
      return top >= 0 && bottom <= innerHeight
    })
    assert.deepEqual(complaints, [])
  })
})
