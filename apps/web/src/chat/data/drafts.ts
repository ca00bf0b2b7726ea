/** The replies that are being written now, by message: only what shows one of them is drawn again while it grows. */
import { createStore, type Store, useStore } from '../../api/store.ts'
import { preferences } from '../../settings/preferences.ts'
import { Draft, type DraftView } from './draft.ts'

const views = new Map<string, Store<DraftView | undefined>>()
const growing = new Map<string, Draft>()
let isScheduled = false
/** Most of the time stays free for who types meanwhile: what is long to draw is drawn less often. */
let notBefore = 0
const restPerWork = 2
const keptMs = 1000

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)')

export function useDraft(messageId: string): DraftView | undefined {
  return useStore(viewOf(messageId))
}

export function draftOf(messageId: string): Draft {
  let draft = growing.get(messageId)
  if (draft === undefined) {
    draft = new Draft()
    growing.set(messageId, draft)
    viewOf(messageId).set(draft.view())
  }
  return draft
}

/** To be called when a draft has got something. */
export function touchDrafts(): void {
  if (isScheduled) return
  isScheduled = true
  // A page in the background gets no frames.
  if (document.hidden) setTimeout(drawFrame, 250)
  else requestAnimationFrame(drawFrame)
}

/** The saved message stands for it. It goes when that is on the screen, which is a moment after it has come. */
export function dropDraft(messageId: string): void {
  const ended = growing.get(messageId)
  setTimeout(() => {
    if (growing.get(messageId) !== ended) return
    growing.delete(messageId)
    viewOf(messageId).set(undefined)
  }, keptMs)
}

/** Resolves when everything that has arrived is on the screen. */
export async function whenShown(messageIds: Iterable<string>): Promise<void> {
  const drafts = [...messageIds].flatMap((id) => growing.get(id) ?? [])
  while (drafts.some((draft) => !draft.isAllShown)) await new Promise((resolve) => setTimeout(resolve, 30))
}

function drawFrame(): void {
  isScheduled = false
  const began = performance.now()
  if (began < notBefore) {
    touchDrafts()
    return
  }
  const isSmooth = !document.hidden && !reducedMotion.matches && preferences.get().streaming === 'smooth'
  let isMore = false
  for (const [id, draft] of growing) {
    draft.advance(isSmooth)
    viewOf(id).set(draft.view())
    isMore ||= !draft.isAllShown
  }
  // After React, which draws what a store tells at the end of this turn.
  queueMicrotask(() => {
    notBefore = performance.now() + (performance.now() - began) * restPerWork
  })
  if (isMore) touchDrafts()
}

function viewOf(messageId: string): Store<DraftView | undefined> {
  let view = views.get(messageId)
  if (view === undefined) {
    view = createStore<DraftView | undefined>(undefined)
    views.set(messageId, view)
  }
  return view
}
