/** What people see before they say anything: what models can do, and what there is to begin with. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { chatTexts, suggestionTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { modelTexts } from '@parley/contract/page-texts/console-models.ts'
import { settingLabels, settingTexts } from '@parley/contract/page-texts/console-settings.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Page } from 'playwright-core'
import { violations } from './axe.ts'
import { settle } from './settle.ts'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const administrator = { email: 'admin@example.com', password: 'Long-enough-1' }

describe('before anything is said', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({
      chromiumPath,
      person: administrator,
    })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  async function marksOf(page: Page, model: string): Promise<string[]> {
    await page.goto('/')
    await page.locator('#composer').press('Control+Shift+M')
    const option = page.getByRole('option', { name: model })
    await option.waitFor()
    return await option.getByRole('img').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''))
  }

  const language = 'zh'
  const say = (name: 'readsImages' | 'readsDocuments' | 'callsTools' | 'thinksFirst') => chatTexts[name][language]

  it(`models say what they can do, and an administrator says otherwise: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ language })
    const all = [say('readsImages'), say('readsDocuments'), say('callsTools'), say('thinksFirst')]
    assert.deepEqual(await marksOf(page, 'Claude Opus 4'), all)
    assert.deepEqual(await violations(page), [])
    assert.deepEqual(await marksOf(page, 'GPT-3.5 Turbo'), [say('callsTools')])

    await page.goto('/console/models')
    const row = page.getByRole('row').filter({ hasText: 'gpt-3.5-turbo' })
    await row.getByRole('button').last().press('Enter')
    await page.getByRole('menuitem', { name: commonTexts.edit[language] }).press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: modelTexts.chosenHere[language] }).press('Space')
    await dialog.getByRole('checkbox', { name: modelTexts.callsTools[language] }).press('Space')
    await dialog.getByRole('checkbox', { name: modelTexts.thinks[language] }).press('Space')
    await settle(page)
    assert.deepEqual(await violations(page), [])
    await dialog.getByRole('button', { name: commonTexts.save[language] }).press('Enter')
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(await marksOf(page, 'GPT-3.5 Turbo'), [say('thinksFirst')])
    await site.call('PATCH', '/admin/models/gpt-3.5-turbo', { inputs: null, features: null })
    assert.deepEqual(complaints, [])
  })

  it(`people say what models of their own can do: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ language })
    const name = `My own ${language}`
    await page.goto('/settings/models')
    await page.getByRole('button', { name: settingsTexts.newModel[language] }).press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(commonTexts.name[language], { exact: true }).fill(name)
    await dialog.getByLabel(settingsTexts.apiUrl[language]).fill('https://models.example.com/v1')
    await dialog.getByLabel(settingsTexts.upstreamName[language]).fill('nobody-knows-it')
    await dialog.getByRole('radio', { name: modelTexts.chosenHere[language] }).press('Space')
    await dialog.getByRole('checkbox', { name: modelTexts.readsDocuments[language] }).press('Space')
    await dialog.getByRole('checkbox', { name: modelTexts.thinks[language] }).press('Space')
    await settle(page)
    assert.deepEqual(await violations(page), [])
    await dialog.getByRole('button', { name: commonTexts.save[language] }).press('Enter')
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(await marksOf(page, name), [say('readsDocuments'), say('thinksFirst')])

    await page.goto('/settings/models')
    const line = page.getByRole('listitem').filter({ hasText: name })
    await line.getByRole('button', { name: commonTexts.edit[language] }).press('Enter')
    assert.ok(await dialog.getByRole('checkbox', { name: modelTexts.thinks[language] }).isChecked())
    await dialog.getByRole('radio', { name: modelTexts.byName[language] }).press('Space')
    await dialog.getByRole('button', { name: commonTexts.save[language] }).press('Enter')
    await dialog.waitFor({ state: 'detached' })
    // A name that nobody knows is sent pictures: the upstream says when it does not read them.
    assert.deepEqual(await marksOf(page, name), [say('readsImages')])

    await page.goto('/settings/models')
    await line.getByRole('button', { name: commonTexts.delete[language] }).press('Enter')
    await dialog.getByRole('button', { name: commonTexts.delete[language] }).press('Enter')
    await line.waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
  })

  it(`an empty conversation proposes what an administrator has said: ${language}`, async () => {
    const { page, complaints } = await site.newPage({ language })
    await page.goto('/')
    const proposal = (name: string) => page.getByRole('button', { name, exact: true })
    await proposal(suggestionTexts[0][language]).press('Enter')
    assert.equal(await page.locator('#composer').inputValue(), suggestionTexts[0][language])

    await page.goto('/console/settings')
    const label = settingLabels[`suggestions_${language}`][language]
    await page.getByRole('button', { name: `${settingTexts.change[language]}: ${label}` }).press('Enter')
    const dialog = page.getByRole('dialog', { name: label })
    await dialog.getByLabel(label).fill('Sum up this week, in short\n\n  写一份周报，简短一些  ')
    assert.deepEqual(await violations(page), [])
    await dialog.getByRole('button', { name: commonTexts.save[language] }).press('Enter')
    await dialog.waitFor({ state: 'detached' })
    const other = await site.newPage({ language, isPhone: true, width: 360, height: 740 })
    await other.page.goto('/')
    await other.page.getByRole('button', { name: 'Sum up this week, in short' }).tap()
    assert.equal(await other.page.locator('#composer').inputValue(), 'Sum up this week, in short')
    await other.page.getByRole('button', { name: '写一份周报，简短一些', exact: true }).waitFor()
    assert.equal(await other.page.getByRole('button', { name: suggestionTexts[0][language] }).count(), 0)

    await site.call('PUT', '/admin/settings', { [`suggestions_${language}`]: [] })
    await page.goto('/')
    await page.locator('#composer').waitFor()
    assert.equal(await proposal('Sum up this week, in short').count(), 0)
    await site.call('DELETE', `/admin/settings/suggestions_${language}`)
    await page.reload()
    await proposal(suggestionTexts[3][language]).waitFor()
    assert.deepEqual(complaints, [])
  })
})
