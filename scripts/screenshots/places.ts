import { consoleSections } from '@parley/web/test/console-sections.ts'
import { settingsSections } from '@parley/web/test/settings-sections.ts'
import type { Page } from 'playwright-core'
import type { Filled } from './sample-data.ts'

export interface Place {
  readonly name: string
  readonly path: string
  /** Brings the page to where it is to be seen. */
  readonly prepare?: (page: Page) => Promise<unknown>
  readonly isForGuests?: boolean
  readonly isForReadme?: boolean
}

const press = (name: string) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click()
  await page.getByRole('dialog').waitFor()
}

/** The colours of code come when the page's worker is ready. */
const untilColoured = async (page: Page) => await page.locator('.code-block pre span').first().waitFor()

export function placesOf({ conversations, accountId, keyId, userId, groupId, shareToken }: Filled): readonly Place[] {
  return [
    { name: 'sign-in', path: '/sign-in', isForGuests: true },
    { name: 'forgot-password', path: '/forgot-password', isForGuests: true },
    { name: 'register', path: '/register', isForGuests: true },
    { name: 'start', path: '/' },
    { name: 'conversation', path: `/c/${conversations.tour}`, prepare: untilColoured },
    { name: 'thinking', path: `/c/${conversations.thinking}` },
    { name: 'files', path: `/c/${conversations.file}` },
    {
      name: 'tools',
      path: `/c/${conversations.tools}`,
      prepare: async (page) => {
        await page.getByRole('button', { name: /^(Called 2|调用了 2)/ }).click()
        await page.getByRole('button', { name: /timetable/ }).click()
      },
    },
    { name: 'side-by-side', path: `/c/${conversations.beside}` },
    { name: 'failed', path: `/c/${conversations.failed}` },
    {
      name: 'artifact',
      path: `/c/${conversations.page}`,
      prepare: async (page) => {
        await page.getByRole('button', { name: /^(Preview|预览)$/ }).click()
        await page.frameLocator('iframe[src="/artifact"]').getByText('Stone').waitFor()
      },
    },
    { name: 'group', path: `/c/${conversations.group}`, isForReadme: true },
    {
      name: 'palette',
      path: '/',
      prepare: async (page) => {
        await page.locator('#composer').waitFor()
        await page.keyboard.press('Control+k')
        await page.getByRole('dialog').waitFor()
      },
    },
    {
      name: 'model-picker',
      path: '/',
      prepare: async (page) => {
        await page.getByRole('button', { name: /^(Model|模型)/ }).click()
        await page.getByRole('option').first().waitFor()
      },
    },
    { name: 'shared', path: `/shared/${shareToken}`, isForGuests: true, prepare: untilColoured },
    { name: 'settings', path: '/settings' },
    ...settingsSections.map((section) => ({ name: `settings-${section}`, path: `/settings/${section}` })),
    ...consoleSections.map((name) => ({ name: `console-${name}`, path: `/console/${name}` })),
    { name: 'console-account', path: `/console/accounts/${accountId}` },
    { name: 'console-key', path: `/console/keys/${keyId}` },
    { name: 'console-user', path: `/console/users/${userId}` },
    { name: 'console-group', path: `/console/groups/${groupId}` },
    { name: 'console-setting', path: '/console/settings', prepare: press('Change: Banner') },
    {
      name: 'console-call',
      path: '/console/calls',
      prepare: async (page) => {
        await page.locator('main tbody tr').first().click()
        await page.getByRole('dialog').waitFor()
      },
    },
    { name: 'console-new-account', path: '/console/accounts', prepare: press('Add account') },
    { name: 'console-new-key', path: '/console/keys', prepare: press('Create key') },
  ]
}
