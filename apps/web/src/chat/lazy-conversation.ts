/** The page of a conversation is not part of the first load: what draws Markdown is a third of all that there is. */
import { lazyRouteComponent } from '@tanstack/react-router'
import { useEffect } from 'react'

export const ConversationPage = lazyRouteComponent(() => import('./conversation-page.tsx'), 'ConversationPage')

const restMs = 1200

/** Fetches it when the first load is over, so that it is there when it is needed. */
export function useConversationSoon(): void {
  useEffect(() => {
    const timer = setTimeout(fetchConversationPage, restMs)
    return () => clearTimeout(timer)
  }, [])
}

export function fetchConversationPage(): void {
  // What cannot be fetched now is fetched, and its failure said, when it is opened.
  ConversationPage.preload?.()?.catch((error: unknown) => console.warn('not fetched beforehand', error))
}
