/** Dragging in the sidebar: a conversation that is dropped on a pinned one is pinned beside it. Its menu does the same by key. */
import { type DragEvent, useState } from 'react'
import type { Conversation } from '../../api/types.ts'
import { coarsePointer } from '../../shell/media-query.ts'
import { pinBeside } from '../data/pins.ts'

/** A finger that stays is for the menu. */
const canDrag = !matchMedia(coarsePointer).matches
const format = 'application/x-parley-conversation'

/** Which edge of it what is dragged would stand at. */
export type DropEdge = 'top' | 'bottom' | undefined

export function usePinDrag({ id, is_pinned: isPinned }: Conversation) {
  const [edge, setEdge] = useState<DropEdge>()
  const onDragOver = (event: DragEvent<HTMLElement>) => {
    if (!isPinned || !event.dataTransfer.types.includes(format)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'move'
    const { top, height } = event.currentTarget.getBoundingClientRect()
    setEdge(event.clientY < top + height / 2 ? 'top' : 'bottom')
  }
  const onDrop = (event: DragEvent<HTMLElement>) => {
    const dragged = event.dataTransfer.getData(format)
    setEdge(undefined)
    if (!isPinned || dragged === '') return
    event.preventDefault()
    void pinBeside(dragged, id, edge === 'top' ? 'before' : 'after')
  }
  const attributes = {
    draggable: canDrag,
    onDragStart: (event: DragEvent<HTMLElement>) => {
      event.dataTransfer.setData(format, id)
      event.dataTransfer.effectAllowed = 'move'
    },
    onDragOver,
    onDragLeave: () => setEdge(undefined),
    onDrop,
  }
  return { edge, attributes }
}
