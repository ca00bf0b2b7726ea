import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkArchitecturePage, readTree } from './architecture-page.ts'
import { repositoryOf } from './source-files.ts'

const tree = `# Architecture
\`\`\`
   a picture ──▶ of it
\`\`\`
\`\`\`
apps/
  server/        the one process
packages/
  wires/         codecs,
                 all four of them
docs/            this page
.ci/run          what CI runs
\`\`\`
\`\`\`
apps/server/src/
  main.ts        start-up
  store/         the database
\`\`\`
`
const files = {
  'docs/ARCHITECTURE.md': tree,
  'apps/server/src/main.ts': '',
  'apps/server/src/store/store.ts': '',
  'packages/wires/src/index.ts': '',
  '.ci/run': '',
  'README.md': '',
}

describe('the architecture page check', () => {
  test('accepts a page that is true', () => assert.deepEqual(checkArchitecturePage(repositoryOf(files)), []))

  test('reads paths by indentation and leaves continued lines alone', () => {
    assert.deepEqual(
      readTree(tree).map((entry) => entry.path),
      [
        'apps',
        'apps/server',
        'packages',
        'packages/wires',
        'docs',
        '.ci/run',
        'apps/server/src',
        'apps/server/src/main.ts',
        'apps/server/src/store',
      ],
    )
  })

  for (const added of ['scripts/test.ts', 'packages/sdk/index.ts', 'apps/web/a.ts', 'apps/server/src/chat/routes.ts']) {
    test(`refuses a page that leaves out the folder of ${added}`, () => {
      const [problem, ...others] = checkArchitecturePage(repositoryOf({ ...files, [added]: '' }))
      assert.match(problem ?? '', /does not say what .* is/)
      assert.deepEqual(others, [])
    })
  }

  test('refuses a page that names what does not exist', () => {
    const { 'apps/server/src/main.ts': _, ...rest } = files
    assert.deepEqual(checkArchitecturePage(repositoryOf(rest)), [
      'docs/ARCHITECTURE.md names apps/server/src/main.ts, which does not exist',
    ])
  })

  test('refuses a folder without a line about it', () => {
    const silent = { ...files, 'docs/ARCHITECTURE.md': tree.replace('docs/            this page', 'docs/') }
    assert.deepEqual(checkArchitecturePage(repositoryOf(silent)), ['docs/ARCHITECTURE.md says nothing about docs'])
  })

  test('refuses a repository without the page', () => {
    assert.deepEqual(checkArchitecturePage(repositoryOf({})), ['docs/ARCHITECTURE.md is missing'])
  })
})
