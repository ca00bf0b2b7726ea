import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkLayers, readImports } from './layers.ts'
import { repositoryOf } from './source-files.ts'

const check = (file: string, specifier: string) =>
  checkLayers(repositoryOf({ [file]: `import { a } from '${specifier}'` }))

describe('the layers check', () => {
  const refused: [why: string, file: string, specifier: string][] = [
    ['a feature importing a door', 'apps/server/src/ledger/service.ts', '../relay/relay.ts'],
    ['a feature importing its sibling', 'apps/server/src/keys/service.ts', '../identity/service.ts'],
    ['the store importing a feature', 'apps/server/src/store/store.ts', '../ledger/ledger.ts'],
    ['the store importing the state', 'apps/server/src/store/store.ts', '../state/state.ts'],
    ['http importing a feature', 'apps/server/src/http/guard.ts', '../identity/service.ts'],
    ['a door importing its sibling', 'apps/server/src/admin/routes.ts', '../relay/engine.ts'],
    ['chat importing an upstream', 'apps/server/src/chat/runs/runner.ts', '../../upstreams/choose.ts'],
    ['chat importing the inside of the relay', 'apps/server/src/chat/service.ts', '../relay/call.ts'],
    ['anything importing the composition root', 'apps/server/src/chat/routes.ts', '../app.ts'],
    ['a folder without a layer', 'apps/server/src/misc/helpers.ts', '../store/store.ts'],
    ['another package by a relative path', 'apps/server/src/keys/service.ts', '../../../../packages/wires/src/sse.ts'],
    ['a test reaching into another package', 'packages/wires/src/sse.test.ts', '../../contract/src/errors.ts'],
    ['the wires importing a library', 'packages/wires/src/sse.ts', 'zod'],
    ['the contract importing the wires', 'packages/contract/src/errors.ts', '@parley/wires'],
    ['the client importing the contract', 'packages/sdk/src/client.ts', '@parley/contract'],
    ['the page importing the wires', 'apps/web/src/main.tsx', '@parley/wires'],
    ['the wires importing the contract', 'packages/wires/src/sse.ts', '@parley/contract'],
    ['the program importing what is made for tests', 'apps/server/src/store/store.ts', './testing/open-store.ts'],
    ['the server importing the testkit', 'apps/server/src/keys/service.ts', '@parley/testkit'],
  ]
  for (const [why, file, specifier] of refused) {
    test(`refuses ${why}`, () => assert.equal(check(file, specifier).length, 1))
  }

  const allowed: [why: string, file: string, specifier: string][] = [
    ['main importing the app', 'apps/server/src/main.ts', './app.ts'],
    ['the app importing anything', 'apps/server/src/app.ts', './relay/relay.ts'],
    ['recovery importing what it recovers', 'apps/server/src/recovery.ts', './chat/chat.ts'],
    ['a door importing a feature', 'apps/server/src/relay/admit.ts', '../ledger/ledger.ts'],
    ['a feature importing http', 'apps/server/src/identity/routes.ts', '../http/route.ts'],
    ['chat importing the engine', 'apps/server/src/chat/runs/runner.ts', '../../relay/engine.ts'],
    ['a folder importing itself', 'apps/server/src/relay/relay.ts', './plan.ts'],
    ['the page importing the client', 'apps/web/src/chat/data/runs.ts', '@parley/sdk/events.ts'],
    ['the contract anywhere', 'apps/server/src/store/store.ts', '@parley/contract'],
    ['a test importing the testkit', 'apps/server/src/keys/keys.test.ts', '@parley/testkit'],
    [
      'a folder of test helpers importing the testkit',
      'apps/server/src/store/testing/open-store.ts',
      '@parley/testkit',
    ],
    ['a test importing a sibling folder', 'apps/server/src/keys/keys.test.ts', '../ledger/ledger.ts'],
    ['the wires hashing', 'packages/wires/src/shared/ids.ts', 'node:crypto'],
    ['the server importing a library', 'apps/server/src/store/sqlite.ts', 'kysely'],
  ]
  for (const [why, file, specifier] of allowed) {
    test(`allows ${why}`, () => assert.deepEqual(check(file, specifier), []))
  }

  test('sees every way to import', () => {
    const text = `
import a from 'one'
import type { B } from "two"
import {
  c,
  d,
} from 'three'
import 'four'
export * from 'five'
export type { E } from 'six'
const f = await import('seven')
const text = 'not from anywhere'
`
    assert.deepEqual(readImports(text).sort(), ['five', 'four', 'one', 'seven', 'six', 'three', 'two'])
  })
})
