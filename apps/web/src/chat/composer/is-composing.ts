import type { KeyboardEvent } from 'react'

/** A key that belongs to an input method, which is choosing characters: never the composer's. 229 is what Safari says at the end. */
export function isComposing({ nativeEvent }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === 229
}
