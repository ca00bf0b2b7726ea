import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chineseGroups, chineseHelp } from './env-zh.ts'

test('the Chinese help has a space between Chinese and Latin letters or figures', () => {
  const texts = [...Object.values(chineseGroups), ...Object.values(chineseHelp)]
  const bad = texts.filter((text) => /\p{Script=Han}[A-Za-z0-9$]|[A-Za-z0-9%]\p{Script=Han}/u.test(text))
  assert.deepEqual(bad, [])
})
