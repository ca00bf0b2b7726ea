import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { openSite, type Site } from './site.ts'

const chromiumPath = process.env['CHROMIUM_PATH'] ?? ''
const administrator = { email: 'root@parley.test', password: 'correct horse battery' }

describe('signing in', { skip: chromiumPath === '' && 'CHROMIUM_PATH is not set' }, () => {
  let site: Site

  before(async () => {
    site = await openSite({
      chromiumPath,
      person: administrator,
      environment: {
        SIGN_INS_PER_MINUTE: '1000',
      },
    })
  })
  afterEach(() => site.closePages())
  after(async () => await site[Symbol.asyncDispose]())

  async function guest(email: string, password: string): Promise<Page> {
    const { page } = await site.newPage({ isSignedIn: false })
    await page.goto('/sign-in')
    await fillIn(page, email, password)
    return page
  }

  it('has a second step once it is switched on, and takes a recovery code, once', async () => {
    const password = ' a password with its spaces '
    await site.call('POST', '/admin/users', { email: 'two@parley.test', password })
    const page = await guest('two@parley.test', password)
    await page.locator('#composer').waitFor()
    await page.goto('/settings/account')
    await page.getByRole('button', { name: 'Switch on' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Current password').fill(password)
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByRole('img', { name: 'QR code for the authenticator' }).waitFor()
    const secret = await dialog.locator('code').innerText()
    await dialog.getByLabel('Code', { exact: true }).fill('000000')
    await dialog.getByRole('button', { name: 'Switch on' }).click()
    await dialog.getByRole('alert').getByText(/./).waitFor()
    await dialog.getByLabel('Code', { exact: true }).fill(oneTimeCode(secret, Date.now()))
    await dialog.getByRole('button', { name: 'Switch on' }).click()
    const codes = (await page.getByTestId('recovery-codes').innerText()).split('\n')
    assert.equal(codes.length, 10)
    await dialog.getByRole('button', { name: 'I have saved them' }).click()
    await page.getByText('Recovery codes left: 10').waitFor()

    const again = await guest('two@parley.test', password)
    await again.getByRole('heading', { name: 'Two-step sign-in' }).waitFor()
    await again.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
    await again.getByRole('button', { name: 'Confirm' }).click()
    await again.locator('#composer').waitFor()

    const third = await guest('two@parley.test', password)
    await third.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
    await third.getByRole('button', { name: 'Confirm' }).click()
    await third.getByRole('alert').getByText(/./).waitFor()
    await third.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await third.getByLabel('Email').waitFor()
  })

  it('is helped to a new password by an administrator, whom the page tells', async () => {
    await site.call('POST', '/admin/users', { email: 'lost@parley.test', password: 'a long enough password' })
    const { page } = await site.newPage({ isSignedIn: false })
    await page.goto('/sign-in')
    await page.getByRole('link', { name: 'Forgot the password?' }).click()
    // The page before has a field of the same name.
    await page.getByRole('heading', { name: 'Reset your password' }).waitFor()
    await page.getByLabel('Email').fill('lost@parley.test')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('An administrator has been notified').waitFor()

    const { page: admin, complaints } = await site.newPage()
    await admin.goto('/console/users')
    await admin.getByText('lost@parley.test has forgotten the password').waitFor()
    await admin.getByRole('button', { name: 'Create link' }).click()
    await admin.getByRole('dialog').getByRole('button', { name: 'Create link' }).click()
    const link = await admin.getByRole('textbox', { name: 'Link' }).inputValue()
    assert.deepEqual(complaints, [])

    const address = new URL(link)
    await page.goto(`${address.pathname}${address.hash}`)
    await page.getByLabel('New password', { exact: true }).fill('another long password ')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.waitForURL('**/sign-in')
    await fillIn(page, 'lost@parley.test', 'another long password ')
    await page.locator('#composer').waitFor()
    await admin.goto('/console/users')
    await admin.getByText('Who may use this server').waitFor()
    assert.equal(await admin.getByText('has forgotten the password').count(), 0)
  })

  it('says what a provider has refused, and keeps nothing of it in the address', async () => {
    const { page } = await site.newPage({ isSignedIn: false, language: 'zh' })
    await page.goto('/sign-in#oidc_error=oidc_expired')
    await page
      .getByRole('alert')
      .getByText(/\p{Script=Han}/u)
      .waitFor()
    assert.equal(new URL(page.url()).hash, '')
  })
})

async function fillIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** RFC 6238, as an authenticator counts it. */
function oneTimeCode(secret: string, now: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = Array.from(secret.replace(/[\s=]/g, ''))
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const hash = createHmac('sha1', key).update(counter).digest()
  const offset = (hash.at(-1) ?? 0) & 15
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}
