/**
 * The entry. Nothing but the cache of compiled code may be loaded before that cache is on: with it, a start does about
 * half the work, and the compiler of types is not even loaded.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Where it cannot be written, the start is slower and nothing else.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/parley', import.meta.url)))

const { run } = await import('./run.ts')
await run(process.argv.slice(2))
