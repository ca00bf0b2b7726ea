import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Response } from 'playwright-core'
import { violations } from './axe.ts'
import { settle } from './settle.ts'
import { openSite, type Site } from './site.ts'
import { settingsSections } from './settings-sections.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

describe('every page of the chat', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site
  let conversationId = ''

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SIMULATOR_DELAY_MS: '0' } })
    conversationId = (await site.call<{ id: string }>('POST', '/api/conversations', { title: 'A tour' })).id
    const path = `/api/conversations/${conversationId}/messages`
    const { aiMessage } = await site.call<{ aiMessage: { id: string } }>('POST', path, {
      content: 'Show me everything',
    })
    await site.call('PATCH', `${path}/${aiMessage.id}`, { content: richReply, reply: false })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const places = () => [
    '/',
    `/c/${conversationId}`,
    ...settingsSections.map((section) => `/settings/${section}`),
    '/nothing-here',
  ]

  // Each language and each theme once: texts differ in length, themes in contrast.
  for (const [language, theme] of [
    ['en', 'light'],
    ['zh', 'dark'],
  ] as const) {
    it(`has no accessibility violation and no complaint: ${language}, ${theme}`, async () => {
      const { page, complaints } = await site.newPage({ language, theme })
      for (const place of places()) {
        if (place === '/nothing-here') continue
        await page.goto(place)
        await page.locator(`[data-theme=${theme}]`).waitFor()
        await settle(page)
        assert.deepEqual(await violations(page), [], place)
      }
      assert.deepEqual(complaints, [])
    })
  }

  it('has none on the pages for guests', async () => {
    for (const place of ['/sign-in', '/register', '/setup']) {
      const { page, complaints } = await site.newPage({ isSignedIn: false })
      await page.goto(place)
      await settle(page)
      assert.deepEqual(await violations(page), [], place)
      assert.deepEqual(complaints, [])
    }
  })

  it('fits on a phone, nothing wider than it, with targets for fingers', async () => {
    const { page } = await site.newPage({ width: 390, height: 800, isPhone: true, language: 'zh' })
    for (const place of places()) {
      if (place === '/nothing-here') continue
      await page.goto(place)
      await settle(page)
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wider <= 0, `${place} is ${wider} px too wide`)
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('main button:not([role=switch]), header button, aside button')]
          .filter((button) => button.checkVisibility({ opacityProperty: true }) && !button.closest('.markdown'))
          .map((button) => ({
            name: button.getAttribute('aria-label') ?? button.textContent,
            height: button.getBoundingClientRect().height,
          }))
          .filter(({ height }) => height < 40),
      )
      assert.deepEqual(small, [], place)
    }
  })

  const language = 'zh'
  it(`leads on a phone from the settings to a section and back: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ width: 360, height: 740, isPhone: true, language })
    const title = (name: string) => page.getByRole('heading', { level: 1, name, exact: true })
    await page.goto('/settings')
    await title(commonTexts.settings[language]).waitFor()
    assert.deepEqual(await violations(page), [])
    const sections = page.getByRole('navigation', { name: commonTexts.settings[language] }).getByRole('link')
    assert.equal(await sections.count(), 10)
    await sections.filter({ hasText: settingsTexts.account[language] }).tap()
    await title(settingsTexts.account[language]).waitFor()
    assert.equal(await sections.count(), 0)
    assert.deepEqual(await violations(page), [])
    await page.getByRole('link', { name: settingsTexts.allSettings[language] }).tap()
    await title(commonTexts.settings[language]).waitFor()
    // What is looked for leads to its place in a section.
    await page.getByRole('searchbox').fill(settingsTexts.deleteAllTitle[language])
    await page.keyboard.press('Enter')
    await title(settingsTexts.data[language]).waitFor()
    await page.goBack()
    await title(commonTexts.settings[language]).waitFor()
    await page.getByRole('link', { name: settingsTexts.backToChat[language] }).tap()
    await page.locator('#composer').waitFor()
    // On a wide screen the sections stand beside the first of them.
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto('/settings')
    await page.waitForURL('**/settings/general')
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByRole('link', { name: settingsTexts.allSettings[language] }).tap()
    await page.waitForURL('**/settings')
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.waitForURL('**/settings/general')
    assert.deepEqual(complaints, [])
  })

  it('opens a drawer on a phone, which leads to a conversation and closes', async () => {
    const { page } = await site.newPage({ width: 390, height: 800, isPhone: true })
    await page.goto('/')
    await page.getByRole('button', { name: 'Show sidebar' }).tap()
    const drawer = page.getByRole('dialog')
    assert.deepEqual(await violations(page), [])
    await drawer.getByRole('link', { name: 'A tour' }).tap()
    await page.waitForURL(`**/c/${conversationId}`)
    await drawer.waitFor({ state: 'detached' })
  })

  it('finds a conversation and what was said in it with the keyboard alone', async () => {
    const { page } = await site.newPage()
    await page.goto('/')
    await page.locator('#composer').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.keyboard.type('中文排版')
    const hit = page.getByRole('option').filter({ hasText: '中文排版' }).first()
    await hit.waitFor()
    // What came first is chosen already, or is reached with the arrows.
    for (let key = 0; key < 10 && (await hit.getAttribute('aria-selected')) !== 'true'; key += 1) {
      await page.keyboard.press('ArrowDown')
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/c/${conversationId}`)
  })

  it('loads less than 250 kB of compressed JavaScript for the first chat', async () => {
    const { page } = await site.newPage()
    const responses: Response[] = []
    const note = (response: Response) => response.url().endsWith('.js') && responses.push(response)
    page.on('response', note)
    await page.goto('/')
    await page.locator('#composer').waitFor()
    // What comes from here on is fetched beforehand, when nothing else is to be done.
    page.off('response', note)
    const sizes = responses.map(async (response) => {
      assert.ok(['br', 'gzip'].includes((await response.headerValue('content-encoding')) ?? 'br'), response.url())
      return (await response.request().sizes()).responseBodySize
    })
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    assert.ok(bytes > 50_000 && bytes < 250_000, `${bytes} bytes`)
  })
})

const richReply = `# A tour

Some **bold** and \`code\` with a [link](https://example.com). 中文排版也要好看。

1. First
2. Second

| Model | Input |
|---|---:|
| Claude | $3.00 |

\`\`\`ts
// A short program
export const answer: number = 42
\`\`\`

$e^{i\\pi} + 1 = 0$

\`\`\`mermaid
flowchart LR
  A --> B
\`\`\`

![A picture](https://example.com/cat.png)
`
