/**
 * Where the reader is. While they are at the end, what comes is followed; once they have scrolled up, by whatever means,
 * nothing moves them until they come back to the end themselves. Sending brings their message to the top of the view, with
 * room below for the reply.
 */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

export interface FollowingOptions {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly inner: RefObject<HTMLDivElement | null>
  readonly isFollowing: RefObject<boolean>
  /** Grows by one when something is sent. */
  readonly sentCount: number
  /** The last of it has waited: then a reader who is elsewhere stays there. */
  readonly hasWaited: boolean
  /** Where the person's last message begins. */
  readonly startOfLastSent: number | undefined
}

const nearEnd = 48
const farFromEnd = 240

export function useFollowing({
  scroller,
  inner,
  isFollowing,
  sentCount,
  hasWaited,
  startOfLastSent,
}: FollowingOptions) {
  const lastCount = useRef(sentCount)
  const [isAtEnd, setAtEnd] = useState(true)
  const [isAnchored, setAnchored] = useState(false)

  useLayoutEffect(() => {
    if (sentCount > lastCount.current && (isFollowing.current || !hasWaited)) {
      isFollowing.current = true
      setAtEnd(true)
      setAnchored(true)
    }
    lastCount.current = sentCount
  }, [sentCount, hasWaited, isFollowing])

  useEffect(() => {
    const element = scroller.current
    const content = inner.current
    if (element === null || content === null) return undefined
    return watch(element, content, isFollowing, setAtEnd)
  }, [scroller, inner, isFollowing])

  return {
    isAtEnd,
    /** Where the message begins that is held at the top of the view; the page must be so long that it can be. */
    anchorStart: isAnchored ? startOfLastSent : undefined,
    /** The reader is taken elsewhere. */
    release: useCallback(() => {
      isFollowing.current = false
    }, [isFollowing]),
    goToEnd: () => {
      isFollowing.current = true
      setAtEnd(true)
      const element = scroller.current
      if (element !== null) element.scrollTop = element.scrollHeight
    },
  }
}

function watch(
  element: HTMLDivElement,
  content: HTMLDivElement,
  isFollowing: { current: boolean },
  setAtEnd: (isAtEnd: boolean) => void,
): () => void {
  let lastTop = element.scrollTop
  const distance = () => element.scrollHeight - element.clientHeight - element.scrollTop
  const hold = () => {
    if (!isFollowing.current) return
    element.scrollTop = element.scrollHeight
    lastTop = element.scrollTop
  }
  const release = () => {
    if (element.scrollHeight > element.clientHeight) isFollowing.current = false
  }
  const onWheel = (event: WheelEvent) => event.deltaY < 0 && release()
  const onKey = (event: KeyboardEvent) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && release()
  // The bar itself, not what is beside it; or the wheel pressed, to scroll by moving.
  const onPointer = (event: PointerEvent) => (event.target === element || event.button === 1) && release()
  const onScroll = () => {
    const isDown = element.scrollTop > lastTop
    lastTop = element.scrollTop
    const left = distance()
    if (isDown && left < nearEnd) isFollowing.current = true
    setAtEnd(isFollowing.current || left < farFromEnd)
  }
  const sizes = new ResizeObserver(hold)
  sizes.observe(content)
  sizes.observe(element)
  const passive = { passive: true }
  element.addEventListener('wheel', onWheel, passive)
  element.addEventListener('touchmove', release, passive)
  element.addEventListener('keydown', onKey)
  element.addEventListener('pointerdown', onPointer)
  element.addEventListener('scroll', onScroll, passive)
  hold()
  return () => {
    sizes.disconnect()
    element.removeEventListener('wheel', onWheel)
    element.removeEventListener('touchmove', release)
    element.removeEventListener('keydown', onKey)
    element.removeEventListener('pointerdown', onPointer)
    element.removeEventListener('scroll', onScroll)
  }
}
