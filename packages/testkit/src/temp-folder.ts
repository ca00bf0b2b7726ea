import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `node:test` gives to tests and hooks as their context. */
export interface HasAfter {
  after(cleanUp: () => Promise<void>): void
}

/** An empty folder that is gone after the test. */
export function tempFolder(test: HasAfter): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-'))
  test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}
