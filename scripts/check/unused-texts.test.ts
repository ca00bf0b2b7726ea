import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryOf } from './source-files.ts'
import { checkUnusedTexts } from './unused-texts.ts'

const catalogue = 'packages/contract/src/page-texts/chat.ts'
const texts = `import type { Message } from '../messages.ts'
export const chatTexts = {
  send: { en: 'Send', zh: '发送' },
  stopNow: {
    en: 'Stop',
    zh: '停止',
  },
} as const satisfies Record<string, Message>
`

function unused(page: string, file = 'apps/web/src/chat.tsx'): string[] {
  return checkUnusedTexts(repositoryOf({ [catalogue]: texts, [file]: page }))
}

const missing = (name: string) => `${catalogue}: chatTexts.${name} is shown nowhere`

test('a text that nothing shows is found', () => {
  assert.deepEqual(unused('text(chatTexts.send)'), [missing('stopNow')])
  assert.deepEqual(unused('text(chatTexts.send); text(chatTexts.stopNow)'), [])
})

test('one that only a test shows, or that is only imported, is found', () => {
  const page = 'chatTexts.send; chatTexts.stopNow'
  assert.deepEqual(unused(page, 'apps/web/test/chat.test.ts'), [missing('send'), missing('stopNow')])
  assert.deepEqual(unused("import { chatTexts } from 'x'"), [missing('send'), missing('stopNow')])
})

test('where the table is looked up in, what is named somewhere is used', () => {
  assert.deepEqual(unused("chatTexts[name]; const names = ['send']"), [missing('stopNow')])
  assert.deepEqual(unused("chatTexts[verb]; record('chat.send')"), [missing('stopNow')])
  assert.deepEqual(unused('chatTexts.send; chatTexts[`stop${when}`]'), [])
  // Named, but nothing looks it up.
  assert.deepEqual(unused("chatTexts.send; f('stopNow')"), [missing('stopNow')])
})
