import { useEffect } from 'react'

const edge = 28
const enough = 56

/** A finger that comes in from the left edge opens the drawer, one that goes back closes it. */
export function useEdgeSwipe(isOn: boolean, setOpen: (isOpen: boolean) => void): void {
  useEffect(() => {
    if (!isOn) return undefined
    const leaving = new AbortController()
    const options = { passive: true, signal: leaving.signal }
    let start: { readonly x: number; readonly y: number } | undefined
    addEventListener(
      'touchstart',
      ({ touches }) => {
        const touch = touches.length === 1 ? touches[0] : undefined
        start = touch === undefined ? undefined : { x: touch.clientX, y: touch.clientY }
      },
      options,
    )
    addEventListener(
      'touchmove',
      ({ touches }) => {
        const touch = touches[0]
        if (start === undefined || touch === undefined) return
        const across = touch.clientX - start.x
        if (Math.abs(touch.clientY - start.y) > Math.abs(across)) start = undefined
        else if (across > enough && start.x < edge) setOpen(true)
        else if (across < -enough && start.x > edge) setOpen(false)
      },
      options,
    )
    return () => leaving.abort()
  }, [isOn, setOpen])
}
