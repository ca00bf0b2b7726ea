/** The page of a server that is one person's, in a real browser. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const administrator = { email: 'admin@parley.test', password: 'correct horse battery' }

describe('the page for one person alone', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site
  before(async () => {
    site = await openSite({
      chromiumPath,
      person: administrator,
      environment: {
        SINGLE_USER: 'true',
      },
    })
  })
  afterEach(() => site.closePages())
  after(() => site[Symbol.asyncDispose]())

  it('asks for a sign-in, and offers no registration', async () => {
    const { page, complaints } = await site.newPage({ isSignedIn: false })
    await page.goto('/')
    await page.getByRole('link', { name: 'Forgot the password?' }).waitFor()
    await page.waitForLoadState('networkidle')
    assert.equal(await page.getByRole('link', { name: 'Create an account' }).count(), 0)
    await page.goto('/register#invitation=anything')
    await page.getByText('This server is one person’s.').waitFor()
    assert.equal(await page.getByLabel('Email').count(), 0)
    assert.deepEqual(complaints, [])
  })

  it('leads to nothing about other people, until it is for several', async () => {
    const { page } = await site.newPage()
    await page.goto('/console/settings')
    const navigation = page.getByRole('navigation', { name: 'Console' })
    const link = (name: string) => navigation.getByRole('link', { name, exact: true })
    await link('System settings').waitFor()
    await link('Users').waitFor({ state: 'detached' })
    await link('Groups').waitFor({ state: 'detached' })
    await page.getByRole('switch', { name: 'Single-user mode' }).click()
    await link('Users').waitFor()
    await link('Groups').waitFor()
    await site.call('DELETE', '/admin/settings/single_user')
  })
})
