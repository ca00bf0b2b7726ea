import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useNavigate } from '@tanstack/react-router'
import { Folder, SquarePen } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Conversation } from '../api/types.ts'
import { useText } from '../i18n/language.ts'
import { SidebarToggle } from '../shell/side-layout.tsx'
import { Badge } from '../ui/badge.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { ConversationMenu } from './sidebar/conversation-menu.tsx'
import { ConnectionBanner } from './connection-banner.tsx'

export interface ChatHeaderProps {
  readonly conversation?: Conversation
  /** At the right. */
  readonly children?: ReactNode
}

export function ChatHeader({ conversation, children }: ChatHeaderProps) {
  const text = useText()
  const navigate = useNavigate()
  return (
    <>
      <header className="flex h-13 shrink-0 items-center gap-1 px-2">
        <SidebarToggle isOpener />
        {conversation !== undefined && (
          <h1 className="min-w-0 truncate px-2 text-[15px] font-medium">{conversation.title}</h1>
        )}
        {conversation?.is_temporary === true && <Badge tone="warning">{text(chatTexts.temporary)}</Badge>}
        {conversation?.folder !== undefined && conversation.folder !== null && (
          <Badge className="max-sm:hidden">
            <Folder aria-hidden className="size-3" />
            {conversation.folder}
          </Badge>
        )}
        {conversation?.tags.map((tag) => (
          <Badge key={tag} className="max-sm:hidden">
            {tag}
          </Badge>
        ))}
        <span className="flex-1" />
        {children}
        {conversation !== undefined && <ConversationMenu conversation={conversation} isInHeader />}
        {conversation !== undefined && (
          <IconButton
            label={text(chatTexts.newChat)}
            side="bottom"
            className="md:hidden"
            onClick={() => void navigate({ to: '/' })}
          >
            <SquarePen aria-hidden className="size-4.5" />
          </IconButton>
        )}
      </header>
      <ConnectionBanner />
    </>
  )
}
