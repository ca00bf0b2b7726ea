import { useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useText } from '../i18n/language.ts'
import { tryEntry } from './search-index.ts'

/** Some are there only when the account has been loaded. */
const patienceMs = 3000

/** Brings the setting into view that the address names, and marks it for a moment. */
export function useSoughtSetting(section: string): void {
  const text = useText()
  const { hash } = useLocation()
  const entry = tryEntry(section, hash)
  const title = entry === undefined ? undefined : text(entry.title)
  useEffect(() => {
    if (title === undefined) return undefined
    const until = performance.now() + patienceMs
    let frame = 0
    const seek = () => {
      const element = document.querySelector<HTMLElement>(`[data-setting="${CSS.escape(title)}"]`)
      if (element !== null) mark(element)
      else if (performance.now() < until) frame = requestAnimationFrame(seek)
    }
    seek()
    return () => cancelAnimationFrame(frame)
  }, [title])
}

function mark(element: HTMLElement): void {
  element.tabIndex = -1
  element.focus({ preventScroll: true })
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
  element.scrollIntoView({ block: 'center', behavior: isStill ? 'auto' : 'smooth' })
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--accent-soft')
  element.animate([{ backgroundColor: ground }, { backgroundColor: ground, offset: 0.6 }, {}], isStill ? 1 : 1800)
}
