import '../../../test/page-globals.ts'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FieldError } from '../field-problems.ts'
import { emptyKeyDraft, keyBody } from './key-draft.ts'

describe('a key that is being typed', () => {
  const body = (activeDays: string) => keyBody({ ...emptyKeyDraft, activeDays }, 'own') as { active_seconds: unknown }

  it('ends the days from its first use that were typed, and never when none were', () => {
    assert.equal(body('1.5').active_seconds, 129_600)
    assert.equal(body(' ').active_seconds, null)
  })

  it('is not made to last for ever by days that are no number', () => {
    assert.throws(
      () => body('30d'),
      (error) => error instanceof FieldError && error.field === 'active_seconds',
    )
  })
})
