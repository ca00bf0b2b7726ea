/** Preloaded into every test file's process: there are hundreds, and each would compile the same code anew. */
import { useCompileCache } from '../launcher/compile-cache.mjs'

useCompileCache()
