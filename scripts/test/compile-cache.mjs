/**
 * Preloaded into every test file's process: there are hundreds, and each would compile the same code anew. So would the
 * servers that tests start in processes of their own; those are told by their environment.
 */
import { compileCacheFolder, useCompileCache } from '../launcher/compile-cache.mjs'

useCompileCache()
process.env.NODE_COMPILE_CACHE = compileCacheFolder
