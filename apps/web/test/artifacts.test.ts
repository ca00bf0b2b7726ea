import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { formatMessage, type Message } from '@parley/contract'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

describe('what is looked at beside the chat', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site
  let id = ''

  before(async () => {
    site = await openSite({ chromiumPath, environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SIMULATOR_DELAY_MS: '0' } })
    id = await conversationWith(firstReply, secondReply)
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  async function conversationWith(...replies: readonly string[]): Promise<string> {
    const made = await site.call<{ id: string }>('POST', '/api/conversations', { title: 'Things to look at' })
    const path = `/api/conversations/${made.id}/messages`
    for (const content of replies) {
      const { aiMessage } = await site.call<{ aiMessage: { id: string } }>('POST', path, { content: 'Make it' })
      await site.call('PATCH', `${path}/${aiMessage.id}`, { content, reply: false })
    }
    return made.id
  }
  const panel = (page: Page) => page.getByRole('complementary', { name: 'Preview beside the chat' })
  const block = (page: Page, name: string) => page.getByRole('figure', { name }).last()

  it('runs a page that a model wrote, which reaches neither us nor the network', async () => {
    await using stranger = await startStranger()
    const spy = `<h1>Clicks: <output>0</output></h1><button onclick="document.querySelector('output').value++">Click</button>
      <form onsubmit="event.preventDefault(); document.title = 'sent'"><button>Submit</button></form><p></p><button onclick="location.href = '${stranger.url}/seen?by=leaving'">Leave</button>
      <script>
        const found = []
        const attempt = (name, work) => { try { found.push(name + ':' + work()) } catch (error) { found.push(name + ':refused') } }
        attempt('page', () => parent.document.title)
        attempt('storage', () => localStorage.length)
        attempt('cookie', () => document.cookie)
        found.push('calls:' + typeof RTCPeerConnection)
        new Image().src = '${stranger.url}/seen?by=image'
        fetch('${stranger.url}/seen?by=fetch').then(() => found.push('fetch:sent'), () => found.push('fetch:refused')).then(() => {
          document.querySelector('p').textContent = [location.origin + '!', origin, ...found].join(' ')
        })
      </script>`
    const spied = await conversationWith(`\`\`\`html\n<title>A spy</title>\n${spy}\n\`\`\`\n`)
    const { page, complaints } = await site.newPage()
    await page.goto(`/c/${spied}`)
    await block(page, 'html').getByRole('button', { name: 'Preview' }).click()
    await panel(page).getByRole('heading', { name: 'A spy' }).waitFor()
    const shown = panel(page).frameLocator('iframe')
    await shown.getByText('null page:refused storage:refused cookie:refused calls:undefined fetch:refused').waitFor()
    await shown.getByRole('button', { name: 'Click' }).click()
    await shown.getByText('Clicks: 1').waitFor()
    await shown.getByRole('button', { name: 'Submit' }).click()
    await shown.getByText('Clicks: 1').waitFor()
    await shown.getByRole('button', { name: 'Leave' }).click()
    await shown.getByText('Clicks: 1').waitFor({ state: 'detached' })
    assert.deepEqual(stranger.asked, [])
    // What the browser says of the frame's attempts, and nothing of ours.
    assert.deepEqual(
      complaints.filter((complaint) => !complaint.includes(stranger.url)),
      [],
    )
  })

  const language = 'en'
  const text = (message: Message) => formatMessage(message, language)

  it(`shows pictures, documents and diagrams, one after another, with the keyboard alone: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ language, theme: 'dark' })
    await page.goto(`/c/${id}`)
    const opener = block(page, 'mermaid').getByRole('button', { name: text(chatTexts.preview) })
    await opener.focus()
    await page.keyboard.press('Enter')
    const beside = page.getByRole('complementary', { name: text(chatTexts.artifact) })
    await beside.getByRole('img', { name: new RegExp(`^${text(chatTexts.diagram)}`) }).waitFor()
    await beside.getByText('4/4').waitFor()
    assert.deepEqual(await violations(page), [])
    const before = beside.getByRole('button', { name: text(chatTexts.previousArtifact) })
    await before.press('Enter')
    await beside.getByRole('heading', { name: 'A list' }).waitFor()
    await before.press('Enter')
    await beside.getByRole('img', { name: text(chatTexts.image) }).waitFor()
    const picture = beside.getByRole('img', { name: text(chatTexts.image) })
    await picture.evaluate(async (image) => await (image as HTMLImageElement).decode())
    assert.equal(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), 120)
    await before.press('Enter')
    await beside.frameLocator('iframe').getByText('A small page').waitFor()
    assert.deepEqual(await violations(page), [])
    await beside.getByRole('radio', { name: text(chatTexts.code) }).click()
    await beside.getByText('<h1>A small page</h1>').waitFor()
    await page.keyboard.press('Escape')
    await beside.waitFor({ state: 'detached' })
    assert.equal(await opener.evaluate((element) => element === document.activeElement), true)
    assert.deepEqual(complaints, [])
  })

  it('fills the screen where there is no room beside, and where that is wished', async () => {
    const { page } = await site.newPage({ width: 390, height: 800, isPhone: true, language: 'zh' })
    await page.goto(`/c/${id}`)
    await block(page, 'mermaid').getByRole('button', { name: chatTexts.preview.zh }).tap()
    const dialog = page.getByRole('dialog', { name: chatTexts.artifact.zh })
    await dialog.getByRole('img').waitFor()
    const box = await dialog.boundingBox()
    assert.deepEqual([box?.x, box?.y, box?.width, box?.height], [0, 0, 390, 800])
    assert.deepEqual(await violations(page), [])
    await dialog.getByRole('button', { name: commonTexts.close.zh }).tap()
    await dialog.waitFor({ state: 'detached' })

    const wide = (await site.newPage()).page
    await wide.goto(`/c/${id}`)
    await block(wide, 'mermaid').getByRole('button', { name: 'Preview' }).click()
    await panel(wide).getByRole('button', { name: 'Full screen' }).click()
    const full = wide.getByRole('dialog', { name: 'Preview beside the chat' })
    assert.equal((await full.boundingBox())?.width, 1280)
    await full.getByRole('button', { name: 'Beside the chat', exact: true }).click()
    await panel(wide).waitFor()
  })

  it('opens plain code as well, and leaves the conversation usable', async () => {
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await block(page, 'ts').getByRole('button', { name: 'Open beside the chat' }).click()
    await panel(page).getByText('export const answer').waitFor()
    await page.locator('#composer').fill('still here')
    await page.keyboard.press('Enter')
    await page.getByText('still here', { exact: true }).waitFor()
  })
})

/** A server elsewhere, which notes what it is asked for. */
async function startStranger(): Promise<AsyncDisposable & { readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('seen')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const svg = '<svg viewBox="0 0 120 60" width="120" height="60"><rect width="120" height="60" fill="teal"/></svg>'
const firstReply = `A page:\n\n\`\`\`html\n<h1>A small page</h1>\n\`\`\`\n\nA picture:\n\n\`\`\`svg\n${svg}\n\`\`\`\n`
const secondReply =
  '````md\n# A list\n\n- one\n- two\n````\n\n```ts\nexport const answer = 42\n```\n\n```mermaid\nflowchart LR\n  A --> B\n```\n'
