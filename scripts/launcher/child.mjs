/** Preloaded into the program by `launch.mjs` when it runs it as a child. */
import { stopWhenChannelCloses } from './stop-with-parent.mjs'

stopWhenChannelCloses()
