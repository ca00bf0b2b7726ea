/**
 * On before the first TypeScript file is loaded, so that a start finds its code compiled and never loads the compiler of
 * types, which would be several megabytes for as long as the server runs. Where the cache cannot be written, the start is
 * slower and nothing else.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

export const compileCacheFolder = fileURLToPath(new URL('../../node_modules/.cache/parley', import.meta.url))

export function useCompileCache() {
  enableCompileCache(compileCacheFolder)
}
