/** Preloaded into the program by `launch.mjs` when it runs it as a child. */
import { useCompileCache } from './compile-cache.mjs'
import { stopWhenChannelCloses } from './stop-with-parent.mjs'

useCompileCache()
stopWhenChannelCloses()
