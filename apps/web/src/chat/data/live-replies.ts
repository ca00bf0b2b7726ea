/** The replies that are being written now, by message: only what shows one of them is drawn again while it grows. */
import { createStore, type Store, useStore } from '../../api/store.ts'
import { preferences } from '../../settings/preferences.ts'
import { LiveReply, type LiveReplyView } from './live-reply.ts'

const views = new Map<string, Store<LiveReplyView | undefined>>()
const growing = new Map<string, LiveReply>()
/** Takes the next drawing back, which is under way. */
let cancelDrawing: (() => void) | undefined
/** Most of the time stays free for who types meanwhile: what is long to draw is drawn less often. */
let notBefore = 0
const restPerWork = 2
const keptMs = 1000

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)')

export function useLiveReply(messageId: string): LiveReplyView | undefined {
  return useStore(viewOf(messageId))
}

export function liveReplyOf(messageId: string): LiveReply {
  let reply = growing.get(messageId)
  if (reply === undefined) {
    reply = new LiveReply()
    growing.set(messageId, reply)
    viewOf(messageId).set(reply.view())
  }
  return reply
}

/** To be called when a reply has got something. */
export function touchLiveReplies(): void {
  if (cancelDrawing === undefined) scheduleDrawing()
}

function scheduleDrawing(): void {
  if (document.hidden) {
    const timer = setTimeout(drawFrame, 250)
    cancelDrawing = () => clearTimeout(timer)
  } else {
    const frame = requestAnimationFrame(drawFrame)
    cancelDrawing = () => cancelAnimationFrame(frame)
  }
}

// A page in the background gets no frames, also none that it has asked for before.
document.addEventListener('visibilitychange', () => {
  if (cancelDrawing === undefined) return
  cancelDrawing()
  scheduleDrawing()
})

/** All of it has come: it stands for the saved message until that is loaded. */
export function isWritten(messageId: string): boolean {
  return growing.get(messageId)?.hasEnded === true
}

/** The saved message stands for it. It goes when that is on the screen, which is a moment after it has come. */
export function dropLiveReply(messageId: string): void {
  const ended = growing.get(messageId)
  if (ended === undefined) return
  setTimeout(() => {
    if (growing.get(messageId) !== ended) return
    growing.delete(messageId)
    viewOf(messageId).set(undefined)
  }, keptMs)
}

/** Resolves when everything that has arrived is on the screen. */
export async function whenShown(messageIds: Iterable<string>): Promise<void> {
  const replies = [...messageIds].flatMap((id) => growing.get(id) ?? [])
  while (replies.some((reply) => !reply.isAllShown)) await new Promise((resolve) => setTimeout(resolve, 30))
}

function drawFrame(): void {
  cancelDrawing = undefined
  const began = performance.now()
  if (began < notBefore) {
    touchLiveReplies()
    return
  }
  const isSmooth = !document.hidden && !reducedMotion.matches && preferences.get().streaming === 'smooth'
  let isMore = false
  for (const [id, reply] of growing) {
    reply.advance(isSmooth)
    viewOf(id).set(reply.view())
    isMore ||= !reply.isAllShown
  }
  // After React, which draws what a store tells at the end of this turn.
  queueMicrotask(() => {
    notBefore = performance.now() + (performance.now() - began) * restPerWork
  })
  if (isMore) touchLiveReplies()
}

function viewOf(messageId: string): Store<LiveReplyView | undefined> {
  let view = views.get(messageId)
  if (view === undefined) {
    view = createStore<LiveReplyView | undefined>(undefined)
    views.set(messageId, view)
  }
  return view
}
