import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkDecisionRecords } from './decision-records.ts'
import { repositoryOf } from './source-files.ts'

const files = {
  'docs/decisions/README.md': '- [Node 24](001-node-24.md)\n- [Two databases](./002-two-databases.md)',
  'docs/decisions/001-node-24.md': '',
  'docs/decisions/002-two-databases.md': '',
}

describe('the decision records check', () => {
  test('accepts records that are all listed', () => assert.deepEqual(checkDecisionRecords(repositoryOf(files)), []))

  test('refuses a record that is not listed', () => {
    const problems = checkDecisionRecords(repositoryOf({ ...files, 'docs/decisions/003-new.md': '' }))
    assert.deepEqual(problems, ['docs/decisions/README.md does not list docs/decisions/003-new.md'])
  })

  test('refuses a link to a record that is not there', () => {
    const { 'docs/decisions/001-node-24.md': _, ...rest } = files
    assert.match(checkDecisionRecords(repositoryOf(rest)).join(), /001-node-24.md, which is missing/)
  })

  test('refuses a record with another kind of name', () => {
    const text = '- [Notes](Notes.md)'
    const problems = checkDecisionRecords(
      repositoryOf({ 'docs/decisions/README.md': text, 'docs/decisions/Notes.md': '' }),
    )
    assert.match(problems.join(), /is not named/)
  })
})
