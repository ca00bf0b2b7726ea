import { useNavigate } from '@tanstack/react-router'
import type { ConversationWithMessages } from '../api/types.ts'
import { isPaletteOpen } from '../shell/palette-state.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { toggleSidebar } from '../shell/side-layout.tsx'
import { copyText } from '../ui/copy.tsx'
import { focusComposer } from './composer/drafts.ts'
import { deleteConversation } from './data/deletion.ts'
import { regenerate } from './data/regenerate.ts'
import { readFences } from './markdown/read-fences.ts'

export function useChatShortcuts(conversation: ConversationWithMessages | undefined, onStop?: () => void): void {
  const navigate = useNavigate()
  const lastReply = conversation?.messages.findLast((message) => message.role === 'assistant')
  useShortcuts({
    newChat: () => void navigate({ to: '/' }),
    palette: () => isPaletteOpen.set(true),
    focusComposer,
    stop: onStop,
    sidebar: toggleSidebar,
    settings: () => void navigate({ to: '/settings' }),
    keyboard: () => void navigate({ to: '/settings/$section', params: { section: 'keyboard' } }),
    ...(lastReply === undefined
      ? {}
      : {
          copyReply: () => void copyText(lastReply.content),
          copyCode: () => {
            const fence = readFences(lastReply.content).fences.at(-1)
            if (fence !== undefined) void copyText(fence.code)
          },
          regenerate: () => void regenerate(lastReply),
        }),
    ...(conversation === undefined
      ? {}
      : {
          deleteChat: () => {
            deleteConversation(conversation.id)
            void navigate({ to: '/' })
          },
        }),
  })
}
