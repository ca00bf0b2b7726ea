import { createStore, useStore } from '../api/store.ts'

const spoken = createStore('')

/** Tells screen readers something that others see: a reply has begun, has ended. Never each word. */
export function announce(text: string): void {
  // The same words twice are only spoken twice when they differ.
  spoken.set(spoken.get() === text ? `${text}\u00a0` : text)
}

export function Announcer() {
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {useStore(spoken)}
    </div>
  )
}
