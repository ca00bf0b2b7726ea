import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkExceptions } from './exceptions.ts'
import { repositoryOf } from './source-files.ts'

const check = (text: string, file = 'packages/wires/src/sse.ts') => checkExceptions(repositoryOf({ [file]: text }))

describe('the exceptions check', () => {
  for (const text of [
    '// oxlint-disable-next-line max-lines',
    '/* eslint-disable */',
    '// biome-ignore format: mine is nicer',
    '// @ts-ignore',
    '// @ts-expect-error',
    'try { a() } catch {}',
    'try { a() } catch (error) { /* never mind */ }',
    'try { a() } catch {\n  // nothing to do\n  // at all\n}',
    'a().catch(() => {})',
    'a().catch((error) => { /* never mind */ })',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(check(`const a = 1\n${text}`).length, 1))
  }

  for (const text of ['try { a() } catch { return undefined }', 'a().catch(report)', 'a().catch(() => undefined)']) {
    test(`accepts ${text}`, () => assert.deepEqual(check(text), []))
  }

  test('lets a test show that something does not compile', () => {
    assert.deepEqual(check('// @ts-expect-error', 'packages/wires/src/sse.test.ts'), [])
  })

  test('says where', () => assert.match(check('\n\ntry { a() } catch {}').join(), /^packages\/wires\/src\/sse.ts:3 /))
})
