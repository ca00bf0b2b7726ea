import { createStoredStore } from '../api/store.ts'

/** How this browser behaves: kept here, not in the account. */
export interface Preferences {
  /** What Enter does in the composer. */
  readonly sendKey: 'enter' | 'mod-enter'
  readonly streaming: 'smooth' | 'raw'
  readonly showUsage: boolean
  /** How fast replies are read aloud. */
  readonly speechRate: 'slow' | 'normal' | 'fast'
}

const defaults: Preferences = { sendKey: 'enter', streaming: 'smooth', showUsage: true, speechRate: 'normal' }

export const preferences = createStoredStore<Preferences>('parley.preferences', (stored) => {
  const known = (typeof stored === 'object' && stored !== null ? stored : {}) as Partial<Preferences>
  return {
    sendKey: known.sendKey === 'mod-enter' ? 'mod-enter' : defaults.sendKey,
    streaming: known.streaming === 'raw' ? 'raw' : defaults.streaming,
    showUsage: known.showUsage ?? defaults.showUsage,
    speechRate: known.speechRate === 'slow' || known.speechRate === 'fast' ? known.speechRate : defaults.speechRate,
  }
})
