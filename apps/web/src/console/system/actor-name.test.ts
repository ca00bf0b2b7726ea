import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fillMessage } from '@parley/contract'
import type { Text } from '../../i18n/language.ts'
import { actorName } from './actor-name.ts'

const names = { person: () => 'Ann' }
const inEnglish: Text = (message, parameters = {}) => fillMessage(message, parameters).en
const inChinese: Text = (message, parameters = {}) => fillMessage(message, parameters).zh
const ann = { actor_id: 'u1', actor_email: 'ann@example.com', via: null } as const

it('says whether somebody did it, or the command line in their name', () => {
  assert.equal(actorName(ann, names, inEnglish), 'ann@example.com')
  assert.equal(actorName({ ...ann, via: 'cli' }, names, inEnglish), 'ann@example.com (command line)')
  assert.equal(actorName({ ...ann, via: 'cli' }, names, inChinese), 'ann@example.com（命令行）')
  assert.equal(actorName({ ...ann, actor_email: null }, names, inEnglish), 'Ann')
  assert.equal(actorName({ ...ann, actor_id: null, actor_email: null }, names, inChinese), '服务器')
})
