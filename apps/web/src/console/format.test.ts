import '../../test/page-globals.ts'
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { language } from '../i18n/language.ts'
import { formatMoment } from './format.ts'

it('a moment has its year when that is another than this one', () => {
  language.set('en')
  const now = new Date(2026, 0, 2).getTime()
  assert.equal(formatMoment(new Date(2026, 0, 1, 18, 46, 19).getTime(), now), 'Jan 1, 18:46:19')
  assert.equal(formatMoment(new Date(2025, 11, 31, 18, 46, 19).getTime(), now), 'Dec 31, 2025, 18:46:19')
})
