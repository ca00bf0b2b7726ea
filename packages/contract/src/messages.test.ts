import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it, test } from 'node:test'
import * as contract from './index.ts'
import * as messages from './messages.ts'
import { auditKinds, auditVerbs } from './page-texts/console-operations.ts'

const { formatMessage } = messages
const pageTexts = new URL('./page-texts/', import.meta.url)

/** A Chinese character beside a Latin letter or a figure. Punctuation, quotation marks and brackets keep them apart already. */
const unspaced = /\p{Script=Han}[A-Za-z0-9$]|[A-Za-z0-9%]\p{Script=Han}/u

function textsIn(value: unknown, path: string): readonly (readonly [path: string, zh: string])[] {
  if (typeof value !== 'object' || value === null) return []
  if ('zh' in value && typeof value.zh === 'string') return [[path, value.zh]]
  return Object.entries(value).flatMap(([name, inner]) => textsIn(inner, `${path}.${name}`))
}

/** These have their English in the server's table of variables. */
const plainTexts = Object.entries({ ...contract.variableGroupsZh, ...contract.variableHelpZh })

test('Chinese texts have a space between Chinese and Latin letters or figures', async () => {
  const files = readdirSync(pageTexts)
  const modules = await Promise.all(
    files.map(async (file): Promise<[string, unknown]> => [file, await import(new URL(file, pageTexts).href)]),
  )
  const all = [...textsIn(Object.fromEntries([...modules, ['contract', contract]]), 'texts'), ...plainTexts]
  assert.ok(all.length > 900, `${all.length} texts`)
  // A parameter is put apart where it is put in, by what it is.
  const bad = all.filter(([, zh]) => unspaced.test(zh.replaceAll(/\{\w+\}/g, '{}')))
  assert.deepEqual(bad, [])
})

test('what was changed is said with spaces, whatever it is', () => {
  for (const [kindName, kind] of Object.entries(auditKinds)) {
    for (const [verbName, verb] of Object.entries(auditVerbs)) {
      const said = formatMessage({ en: '{kind} {verb}', zh: '{verb}{kind}' }, 'zh', { kind, verb })
      assert.doesNotMatch(said, unspaced, `${kindName}.${verbName}`)
    }
  }
  assert.equal(formatMessage({ en: '', zh: '{verb}{kind}' }, 'zh', { kind: 'API Key', verb: '新增' }), '新增 API Key')
})

describe('parameters', () => {
  const missing = { en: '{what} not found.', zh: '未找到{what}。' }
  it('stand apart from Chinese where they are Latin or figures', () => {
    assert.equal(formatMessage(missing, 'zh', { what: 'Key' }), '未找到 Key。')
    assert.equal(formatMessage(missing, 'zh', { what: messages.nouns.apiKey }), '未找到 API Key。')
    assert.equal(formatMessage({ en: '', zh: '{share}的调用' }, 'zh', { share: '5%' }), '5% 的调用')
    assert.equal(formatMessage({ en: '', zh: '共{count}次' }, 'zh', { count: 3 }), '共 3 次')
  })

  it('do not where they are Chinese, or punctuation is between', () => {
    assert.equal(formatMessage(missing, 'zh', { what: messages.nouns.user }), '未找到用户。')
    assert.equal(formatMessage({ en: '', zh: '“{name}”已删除' }, 'zh', { name: 'Key' }), '“Key”已删除')
  })

  it('are put in as they are', () => {
    assert.equal(formatMessage(missing, 'zh', { what: '我的key' }), '未找到我的key。')
    assert.equal(formatMessage(missing, 'en', { what: '钥匙' }), '钥匙 not found.')
    assert.equal(formatMessage(missing, 'zh', {}), '未找到{what}。')
    assert.equal(formatMessage(missing, 'en', { what: '{what}' }), '{what} not found.')
  })
})
