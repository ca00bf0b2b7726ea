import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe('files and order in the chat', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({
      chromiumPath,
      environment: { CHAT_REQUESTS_PER_MINUTE: '10000', SIMULATOR_DELAY_MS: '1', ATTACHMENT_MAX_BYTES: '20000' },
    })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const newConversation = async (title: string) =>
    (await site.call<{ id: string }>('POST', '/api/conversations', { title })).id
  const reply = (page: Page) => page.getByRole('article', { name: 'Reply' })

  it('sends a picture and shows it in the message, also after a reload', async () => {
    const id = await newConversation('A picture')
    const { page, complaints } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: picture })
    await page.getByRole('list', { name: 'Files' }).getByText('dot.png').waitFor()
    await page.getByText('does not read pictures').waitFor()
    await page.locator('#composer').fill('what is this?')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('article', { name: 'You' }).getByRole('img', { name: 'dot.png' }).waitFor()
    await reply(page).getByRole('button', { name: 'Regenerate' }).waitFor()
    await page.reload()
    await page.getByRole('article', { name: 'You' }).getByRole('img', { name: 'dot.png' }).click()
    await page.getByRole('dialog', { name: 'dot.png' }).waitFor()
    assert.deepEqual(complaints, [])
  })

  it('says before a file is deleted which messages have it, and says in them that it was', async () => {
    const id = await newConversation('Notes')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('some notes') }
    await page.locator('input[type=file]').setInputFiles(notes)
    await page.locator('#composer').fill('read this')
    await page.getByRole('button', { name: 'Send' }).click()
    await reply(page).getByRole('button', { name: 'Regenerate' }).waitFor()
    const { path } = await site.call<{ path: string }>('POST', `/api/conversations/${id}/share`, {})
    await page.goto('/settings/data')
    await page.getByRole('button', { name: 'Delete notes.txt' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete notes.txt' })
    await dialog.getByText('One message has it').waitFor()
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    for (const address of [`/c/${id}`, path.replace('/api', '')]) {
      await page.goto(address)
      const mine = page.getByRole('article').first()
      await mine.getByText('This file was deleted.').waitFor()
      assert.equal(await mine.getByRole('button', { name: 'Download notes.txt' }).count(), 0)
      assert.equal(await mine.getByRole('link').count(), 0)
    }
  })

  it('makes a file of a long text that is pasted, and a text again when asked', async () => {
    const id = await newConversation('A long text')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page.locator('#composer').waitFor()
    await paste(page, 'a long line\n'.repeat(500))
    const chip = page.getByRole('list', { name: 'Files' }).getByText('Pasted text.txt')
    await chip.waitFor()
    assert.equal(await page.locator('#composer').inputValue(), '')
    await page.getByRole('button', { name: 'Paste as text' }).click()
    await chip.waitFor({ state: 'detached' })
    assert.equal((await page.locator('#composer').inputValue()).length, 6000)
  })

  it('says at the file why it was refused, sends nothing meanwhile, and lets it go', async () => {
    const id = await newConversation('Too large')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const large = { name: 'large.txt', mimeType: 'text/plain', buffer: Buffer.alloc(30_000, 'a') }
    await page.locator('input[type=file]').setInputFiles(large)
    await page.getByRole('list', { name: 'Files' }).getByRole('alert').waitFor()
    await page.locator('#composer').fill('without it')
    assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled())
    await page.getByRole('button', { name: 'Remove large.txt' }).click()
    await page.getByRole('button', { name: 'Send' }).click()
    await reply(page).waitFor()
  })

  it('takes files that are dropped anywhere, and says so while they are above the page', async () => {
    const id = await newConversation('Dropped')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page.locator('#composer').waitFor()
    await drag(page, 'dragenter')
    await page.getByText('Drop files here').waitFor()
    await drag(page, 'drop')
    await page.getByText('Drop files here').waitFor({ state: 'detached' })
    await page.getByRole('list', { name: 'Files' }).getByText('dropped.txt').waitFor()
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('button', { name: 'Download dropped.txt' }).waitFor()
  })

  it('pins for every browser, files into a folder, puts away and brings back', async () => {
    const id = await newConversation('To be sorted')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    const choose = async (item: string) => {
      await page.getByRole('link', { name: 'To be sorted' }).click({ button: 'right' })
      await page.getByRole('menuitem', { name: item, exact: true }).click()
    }
    await choose('Pin')
    const { page: elsewhere } = await site.newPage()
    await elsewhere.goto('/')
    await elsewhere.getByRole('heading', { name: 'Pinned' }).waitFor()
    await choose('Move to a folder')
    await page.getByLabel('Folder', { exact: true }).fill('Plans')
    await page.getByRole('button', { name: 'Save' }).click()
    const filter = page.getByRole('group', { name: 'Show only' })
    await filter.getByRole('button', { name: 'Plans' }).click()
    await page.getByRole('link', { name: 'To be sorted' }).waitFor()
    await choose('Archive')
    await page.getByRole('link', { name: 'To be sorted' }).waitFor({ state: 'detached' })
    await filter.getByRole('button', { name: 'Archived' }).click()
    await choose('Unarchive')
    await page.getByText('Nothing here.').waitFor()
  })

  it('goes on with a reply that was stopped, and shows both side by side', async () => {
    const id = await newConversation('Stopped')
    const { page } = await site.newPage()
    await page.goto(`/c/${id}`)
    await page.locator('#composer').fill('/long 4000')
    await page.locator('#composer').press('Enter')
    await reply(page).getByText(/\w{3}/).first().waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByRole('button', { name: 'Go on' }).click()
    await reply(page).getByText('2/2').waitFor()
    await reply(page).getByRole('button', { name: 'Side by side' }).click()
    const dialog = page.getByRole('dialog', { name: 'Side by side' })
    await dialog.getByRole('button', { name: 'Continue with this' }).click()
    await reply(page).getByText('1/2').waitFor()
  })

  it('begins a temporary chat, which the list does not have', async () => {
    const { page } = await site.newPage()
    await page.goto('/')
    await page.getByRole('button', { name: 'Temporary' }).click()
    await page.locator('#composer').fill('nobody shall know')
    await page.locator('#composer').press('Enter')
    await page.locator('header').getByText('Temporary').waitFor()
    await reply(page).getByRole('button', { name: 'Regenerate' }).waitFor()
    const listed = await site.call<{ title: string }[]>('GET', '/api/conversations?limit=1000')
    assert.equal(listed.filter(({ title }) => title.includes('nobody')).length, 0)
  })
})

/** What a browser tells the page when somebody pastes. */
async function paste(page: Page, text: string): Promise<void> {
  await page.locator('#composer').evaluate((box, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
}

async function drag(page: Page, name: 'dragenter' | 'drop'): Promise<void> {
  await page.evaluate((type) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File(['dropped words'], 'dropped.txt', { type: 'text/plain' }))
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
  }, name)
}
