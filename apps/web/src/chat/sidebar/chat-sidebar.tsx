import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Search, SquarePen, Users } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { AccountMenu } from '../../shell/account-menu.tsx'
import { Brand } from '../../shell/brand.tsx'
import { isPaletteOpen } from '../../shell/palette-state.ts'
import { useBindings } from '../../shell/shortcuts.ts'
import { SidebarToggle } from '../../shell/side-layout.tsx'
import { Keys } from '../../ui/keys.tsx'
import { classes } from '../../ui/classes.ts'
import { tagsQuery } from '../data/queries.ts'
import { ConversationList } from './conversation-list.tsx'
import { NewGroupDialog } from './new-group-dialog.tsx'

const rowClasses =
  'flex h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-left transition-colors hover:bg-hover coarse:h-11 [&>svg]:size-4 [&>svg]:text-muted'

export function ChatSidebar() {
  const text = useText()
  const bindings = useBindings()
  const [tag, setTag] = useState<string>()
  const [isMakingGroup, setMakingGroup] = useState(false)
  return (
    <>
      <div className="flex h-13 shrink-0 items-center justify-between pr-2 pl-4">
        <Link to="/" className="rounded-md">
          <Brand />
        </Link>
        <SidebarToggle />
      </div>
      <nav aria-label={text(chatTexts.newChat)} className="flex flex-col px-2 pb-1">
        <Link to="/" className={rowClasses}>
          <SquarePen aria-hidden />
          <span className="flex-1">{text(chatTexts.newChat)}</span>
        </Link>
        <button type="button" className={rowClasses} onClick={() => setMakingGroup(true)}>
          <Users aria-hidden />
          <span className="flex-1">{text(chatTexts.newGroup)}</span>
        </button>
        <button type="button" className={rowClasses} onClick={() => isPaletteOpen.set(true)}>
          <Search aria-hidden />
          <span className="flex-1">{text(chatTexts.searchChats)}</span>
          <span className="text-muted max-md:hidden">
            <Keys shortcut={bindings.palette} />
          </span>
        </button>
      </nav>
      <TagFilter value={tag} onChange={setTag} />
      <ConversationList tag={tag} />
      <div className="border-t p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <AccountMenu place="chat" />
      </div>
      {isMakingGroup && <NewGroupDialog onClose={() => setMakingGroup(false)} />}
    </>
  )
}

interface TagFilterProps {
  readonly value: string | undefined
  readonly onChange: (tag: string | undefined) => void
}

function TagFilter({ value, onChange }: TagFilterProps) {
  const text = useText()
  const { data: tags = [] } = useQuery(tagsQuery)
  if (tags.length === 0) return null
  return (
    <div
      role="group"
      aria-label={text(chatTexts.tags)}
      className="flex shrink-0 gap-1 overflow-x-auto px-4 py-2 [scrollbar-width:none]"
    >
      {tags.map((tag) => (
        <button
          key={tag}
          type="button"
          aria-pressed={tag === value}
          onClick={() => onChange(tag === value ? undefined : tag)}
          className={classes(
            'rounded-full border px-2.5 text-xs leading-6 whitespace-nowrap transition-colors coarse:leading-9',
            tag === value ? 'border-transparent bg-accent text-on-accent' : 'bg-surface text-muted hover:bg-hover',
          )}
        >
          {tag}
        </button>
      ))}
    </div>
  )
}
