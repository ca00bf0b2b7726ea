import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkNamedPaths } from './named-paths.ts'
import { repositoryOf } from './source-files.ts'

const files = {
  'README.md': '',
  'docs/guides/users.md': '',
  'apps/server/src/chat/runs/run-reader.ts': '',
  'apps/server/src/http/health.ts': '',
}
const problemsOf = (text: string, file = 'docs/page.md') => checkNamedPaths(repositoryOf({ ...files, [file]: text }))

describe('the check of named paths', () => {
  test('knows a place from the root, from the sources, by its end, and as a link', () => {
    const names =
      '`apps/server/src/http/` `chat/runs/run-reader.ts` `run-reader.ts` `chat/runs` [a](guides/users.md#chat)'
    assert.deepEqual(problemsOf(`${names} [b](../README.md) [c](https://example.com/x.md)`), [])
  })

  test('refuses what is gone', () => {
    assert.deepEqual(problemsOf('`chat/messages/tokens.ts`'), [
      'docs/page.md names chat/messages/tokens.ts, which is missing',
    ])
    assert.deepEqual(problemsOf('`chat/messages/`'), ['docs/page.md names chat/messages/, which is missing'])
    assert.deepEqual(problemsOf('`reader.ts`'), ['docs/page.md names reader.ts, which is missing'])
  })

  test('refuses a link that leads nowhere from where it stands', () => {
    assert.deepEqual(problemsOf('[a](users.md)'), ['docs/page.md names docs/users.md, which is missing'])
    assert.deepEqual(problemsOf('[a](docs/guides/users.md)', 'NEWS.md'), [])
  })

  test('leaves alone what is no place in the repository', () => {
    const others =
      '`/api/chat` `text/plain` `@fastify/static` `data/parley.db` `secrets.json` `npm run chat/x.ts` `.ts` `a.b`'
    assert.deepEqual(problemsOf(others), [])
    assert.deepEqual(problemsOf('```sh\ncat `http/gone.ts`\n```'), [])
  })
})
