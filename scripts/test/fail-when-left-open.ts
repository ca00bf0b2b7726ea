/**
 * Preloaded into every test file's process. A file whose tests are over but which does not end has left something
 * open (a server, a timer, a connection): it fails, saying what, instead of holding up the run for ever.
 */
import { after } from 'node:test'
import { isMainThread } from 'node:worker_threads'

const graceMs = Number(process.env.PARLEY_TEST_GRACE_MS ?? 10_000)

// Programs that a test forks inherit this preload too, and are none of its business.
if (isMainThread && process.argv[1]?.endsWith('.test.ts')) {
  after(() => {
    setTimeout(() => {
      const resources = [...new Set(process.getActiveResourcesInfo())].join(', ')
      console.error(`${process.argv[1]} is over but left something open: ${resources}`)
      process.exit(1)
    }, graceMs).unref()
  })
}
