import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useStore } from '../api/store.ts'
import { useText } from '../i18n/language.ts'
import { isPaletteOpen } from '../shell/palette-state.ts'
import { SideLayout } from '../shell/side-layout.tsx'
import { useFeed } from './data/feed.ts'
import { useConversationSoon } from './lazy-conversation.ts'
import { ChatSidebar } from './sidebar/chat-sidebar.tsx'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

export function ChatLayout() {
  const text = useText()
  useFeed()
  useConversationSoon()
  const isOpen = useStore(isPaletteOpen)
  return (
    <SideLayout label={text(commonTexts.chat)} sidebar={<ChatSidebar />}>
      <Outlet />
      {isOpen && (
        <Suspense>
          <Palette />
        </Suspense>
      )}
    </SideLayout>
  )
}
