/** What models did with tools, as it stands in the conversation. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { formatMessage, type Language, type MessageParameters } from '@parley/contract'
import { violations } from './axe.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''

describe('tools in a reply', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({ chromiumPath })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  const call = (name: string) => ({ type: 'tool-call', id: name, name, arguments: '{"place":"Bergen"}' })
  const result = (toolCallId: string, text: string, isError = false) => ({
    type: 'tool-result',
    toolCallId,
    content: [{ type: 'text', text }],
    isError,
  })

  async function bring(title: string, blocks: readonly object[], status = 'done'): Promise<void> {
    const created_at = new Date().toISOString()
    await site.call('POST', '/api/conversations/import', {
      format: 'parley-conversation',
      conversation: { id: title, title, created_at, updated_at: created_at },
      messages: [
        { id: 'a', parent_id: null, role: 'user', content: 'Where?', created_at },
        { id: 'b', parent_id: 'a', role: 'assistant', content: 'It rains.', blocks, status, created_at },
      ],
    })
  }

  const language = 'en'
  it(`are one line where they were called in a row, each with its state and what it said: ${language}`, async () => {
    const say = speaker(language)
    const long = JSON.stringify({ rain: true, hours: Array.from({ length: 40 }, (_, hour) => hour) })
    await bring(`With tools ${language}`, [
      call('weather'),
      result('weather', long),
      call('trains'),
      result('trains', 'no such station', true),
      { type: 'text', text: 'It rains.' },
      call('hotels'),
    ])
    const { page, complaints } = await site.newPage({ language })
    await page.goto('/')
    await page.getByRole('link', { name: `With tools ${language}` }).click()
    const reply = page.getByRole('article', { name: chatTexts.reply[language] })
    const fold = (name: string) => reply.getByRole('button', { name, exact: true })
    await fold(say('toolsFailed', { count: 2, failed: 1 })).press('Enter')

    await fold(say('toolCalled', { name: 'weather' })).press('Enter')
    await reply
      .getByRole('group', { name: say('toolInput') })
      .getByText('"place": "Bergen"')
      .waitFor()
    const output = reply.getByRole('group', { name: say('toolOutput') })
    await output.getByText('"rain": true').waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await output.getByRole('button', { name: say('copyToolOutput') }).press('Enter')
    await output.locator('.text-success').waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    assert.deepEqual(JSON.parse(copied), JSON.parse(long))

    await fold(say('toolFailed', { name: 'trains' })).press('Enter')
    await reply
      .getByRole('group', { name: say('toolError') })
      .getByText('no such station')
      .waitFor()
    // Nobody has said what came of it.
    await fold(say('toolCalled', { name: 'hotels' })).press('Enter')
    assert.equal(await reply.getByRole('group', { name: say('toolOutput') }).count(), 1)
    assert.deepEqual(await violations(page), [])
    await fold(say('toolsFailed', { count: 2, failed: 1 })).press('Enter')
    await fold(say('toolCalled', { name: 'weather' })).waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
  })

  it('tell a call that the reply broke off in from one that it failed in', async () => {
    for (const [title, status, name] of [
      ['Stopped there', 'stopped', 'weather was not finished'],
      ['Failed there', 'failed', 'weather failed'],
    ] as const) {
      await bring(
        title,
        [
          { type: 'text', text: 'It rains.' },
          { ...call('weather'), arguments: '{"pla' },
        ],
        status,
      )
      const { page } = await site.newPage()
      await page.goto('/')
      await page.getByRole('link', { name: title }).click()
      const fold = page.getByRole('button', { name, exact: true })
      await fold.press('Enter')
      await page.getByText('{"pla', { exact: true }).waitFor()
    }
  })
})

function speaker(language: Language) {
  return (name: keyof typeof chatTexts, parameters?: MessageParameters) =>
    formatMessage(chatTexts[name], language, parameters)
}
