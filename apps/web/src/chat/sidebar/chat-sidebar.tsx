import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Link } from '@tanstack/react-router'
import { Search, SquarePen, Users } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { AccountMenu } from '../../shell/account-menu.tsx'
import { Brand } from '../../shell/brand.tsx'
import { isPaletteOpen } from '../../shell/palette-state.ts'
import { useBindings } from '../../shell/shortcuts.ts'
import { SidebarToggle } from '../../shell/side-layout.tsx'
import { ariaShortcut, Keys } from '../../ui/keys.tsx'
import type { ListFilter } from '../data/queries.ts'
import { ConversationList } from './conversation-list.tsx'
import { ListFilterBar } from './list-filter.tsx'
import { NewGroupDialog } from './new-group-dialog.tsx'

const rowClasses =
  'flex h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-left transition-colors hover:bg-hover coarse:h-11 [&>svg]:size-4 [&>svg]:text-muted'

export function ChatSidebar() {
  const text = useText()
  const bindings = useBindings()
  const [filter, setFilter] = useState<ListFilter>({})
  const [isMakingGroup, setMakingGroup] = useState(false)
  return (
    <>
      <div className="flex h-13 shrink-0 items-center justify-between pr-2 pl-4">
        <Link to="/" className="rounded-md">
          <Brand />
        </Link>
        <SidebarToggle />
      </div>
      <nav aria-label={text(chatTexts.startAndSearch)} className="flex flex-col px-2 pb-1">
        <Link to="/" aria-keyshortcuts={ariaShortcut(bindings.newChat)} className={rowClasses}>
          <SquarePen aria-hidden />
          <span className="flex-1">{text(chatTexts.newChat)}</span>
        </Link>
        <button type="button" className={rowClasses} onClick={() => setMakingGroup(true)}>
          <Users aria-hidden />
          <span className="flex-1">{text(chatTexts.newGroup)}</span>
        </button>
        <button
          type="button"
          aria-keyshortcuts={ariaShortcut(bindings.palette)}
          className={rowClasses}
          onClick={() => isPaletteOpen.set(true)}
        >
          <Search aria-hidden />
          <span className="flex-1">{text(chatTexts.searchChats)}</span>
          <span className="text-muted max-md:hidden">
            <Keys shortcut={bindings.palette} />
          </span>
        </button>
      </nav>
      <ListFilterBar value={filter} onChange={setFilter} />
      <ConversationList filter={filter} />
      <div className="border-t p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <AccountMenu place="chat" />
      </div>
      {isMakingGroup && <NewGroupDialog onClose={() => setMakingGroup(false)} />}
    </>
  )
}
