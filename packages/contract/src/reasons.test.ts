import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMessage } from './messages.ts'
import { type Reason, reasons, reasonText, sayReason } from './reasons.ts'

const parameters = { status: 401, seconds: 30, code: 'ECONNREFUSED', kind: 'x' }

test('every reason is said in Chinese, with its parameters, and with what follows it', () => {
  for (const reason of Object.keys(reasons) as Reason[]) {
    const words = formatMessage(reasons[reason], 'zh', parameters)
    assert.equal(sayReason(reasonText(reason, parameters), 'zh'), words)
    assert.equal(sayReason(reasonText(reason, parameters, 'Their: words'), 'zh'), `${words}：Their: words`)
    assert.equal(sayReason(reasonText('failing', {}, reasonText(reason, parameters)), 'zh'), `连续失败：${words}`)
  }
})

test('what an upstream said stays in its own words, and English is as it was written', () => {
  assert.equal(sayReason('You are out.', 'zh'), 'You are out.')
  assert.equal(sayReason('paused by whom?', 'zh'), 'paused by whom?')
  assert.equal(sayReason('no answer within 30 seconds', 'en'), 'no answer within 30 seconds')
})
