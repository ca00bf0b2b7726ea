import '../../../test/page-globals.ts'
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatMessage, type Language } from '@parley/contract'
import { language, type Text } from '../../i18n/language.ts'
import type { KeyLimit } from '../api-types.ts'
import { limitText } from './limit-texts.ts'

it('a limit reads as a sentence does, in either language', () => {
  const limits: KeyLimit[] = [
    { what: 'requests', per: 'minute', max: 60 },
    { what: 'tokens', per: '5h', max: 1_000_000 },
    { what: 'cost', per: 'month', max: 25 },
    { what: 'concurrency', per: 'total', max: 3 },
  ]
  const read = (reader: Language) => {
    language.set(reader)
    const text: Text = (message, parameters) => formatMessage(message, reader, parameters)
    return limits.map((limit) => limitText(limit, text))
  }
  assert.deepEqual(read('en'), [
    '60 requests per minute',
    '1,000,000 tokens per 5 hours',
    '$25.00 per month',
    '3 calls at once',
  ])
  assert.deepEqual(read('zh'), ['每分钟 60 次请求', '每 5 小时 1,000,000 Token', '每月 $25.00', '3 个并发请求'])
})
