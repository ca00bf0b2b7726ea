/** The person's feed: every change on any device, and by its being there, whether there is a connection. */
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { readEvents } from '@parley/sdk/events.ts'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { ApiError, open } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { pause } from '../../api/pause.ts'
import { createStore } from '../../api/store.ts'
import { textNow } from '../../i18n/language.ts'
import { showToast } from '../../ui/toast.tsx'
import { isSending, pumpAll } from './outbox.ts'
import { conversationQuery, reloadConversation, reloadLists } from './queries.ts'
import { addRunning, dropEnded, endHere, isFollowed, runningRuns } from './runs.ts'

type Change =
  | { readonly type: 'conversation'; readonly id: string; readonly change: 'created' | 'updated' | 'deleted' }
  | { readonly type: 'run'; readonly id: string; readonly conversation_id: string; readonly status: string }

/** Shown as a banner when it is not there for more than a moment. */
export const isConnected = createStore(true)

const longestPauseMs = 10_000
const bannerAfterMs = 1500
const listDelayMs = 400

export function useFeed(): void {
  const navigate = useNavigate()
  useEffect(() => {
    const leaving = new AbortController()
    const show = (id: string) => void navigate({ to: '/c/$id', params: { id } })
    void listen(leaving.signal, show)
    return () => leaving.abort()
  }, [navigate])
}

async function listen(signal: AbortSignal, show: (conversationId: string) => void): Promise<void> {
  let banner: ReturnType<typeof setTimeout> | undefined
  for (let pauseMs = 500; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    banner ??= setTimeout(() => isConnected.set(false), bannerAfterMs)
    try {
      const response = await open('GET', '/api/events', { signal })
      for await (const { event, data } of readEvents(response)) {
        clearTimeout(banner)
        banner = undefined
        if (event === 'ready') welcomeBack()
        else if (event === 'change') take(JSON.parse(data) as Change, show)
        pauseMs = 500
      }
    } catch (error) {
      const isSignedOut = error instanceof ApiError && error.status === 401
      if (signal.aborted || isSignedOut) break
    }
    await pause(pauseMs, signal)
  }
  clearTimeout(banner)
}

/** What was missed is loaded anew. */
function welcomeBack(): void {
  isConnected.set(true)
  // What is being loaded at this moment is loaded once.
  void queryClient.invalidateQueries({ queryKey: ['conversation'] }, { cancelRefetch: false })
  void reloadLists()
  dropEnded()
  pumpAll()
}

let listTimer: ReturnType<typeof setTimeout> | undefined

function take(change: Change, show: (conversationId: string) => void): void {
  listTimer ??= setTimeout(() => {
    listTimer = undefined
    void reloadLists()
  }, listDelayMs)
  if (change.type === 'conversation') {
    if (change.change === 'updated' && !runningRuns.get().has(change.id)) void reloadConversation(change.id)
    return
  }
  const { conversation_id: id, status } = change
  if (status === 'running') {
    if (isSending(id) || runningRuns.get().has(id)) return
    addRunning(id, change.id)
    void reloadConversation(id)
    return
  }
  // What is followed here ends here when all of it is shown.
  if (!isFollowed(change.id)) endHere(id, change.id)
  if (location.pathname !== `/c/${id}`) {
    if (status === 'done' || status === 'failed') tellEnd(id, status, show)
  }
}

function tellEnd(id: string, status: 'done' | 'failed', show: (conversationId: string) => void): void {
  const title = queryClient.getQueryData(conversationQuery(id).queryKey)?.title
  const message = status === 'done' ? chatTexts.replyReady : chatTexts.replyFailedIn
  showToast(textNow(message, { title: title ?? textNow(chatTexts.aConversation) }), {
    tone: status === 'done' ? 'success' : 'danger',
    action: { label: textNow(chatTexts.show), run: () => show(id) },
  })
}
