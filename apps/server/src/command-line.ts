/** The entry of `npm run cli`. As in `main.ts`, nothing is loaded before the cache of compiled code is on. */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/parley', import.meta.url)))

const { runCommandLine } = await import('./run-command.ts')
await runCommandLine(process.argv.slice(2))
