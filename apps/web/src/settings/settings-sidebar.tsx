import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowLeft, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { useText } from '../i18n/language.ts'
import { AccountMenu } from '../shell/account-menu.tsx'
import { SidebarToggle } from '../shell/side-layout.tsx'
import { Input } from '../ui/field.tsx'
import { anchorOf, type SearchEntry, searchSettings } from './search-index.ts'
import { sections } from './sections.tsx'

const row =
  'flex h-9 items-center gap-2.5 rounded-lg px-2.5 transition-colors hover:bg-hover coarse:h-11 [&>svg]:size-4 [&>svg]:text-muted'

/** `isPage`: it has the whole of a small screen. */
export function SettingsSidebar({ isPage = false }: { readonly isPage?: boolean }) {
  const text = useText()
  const navigate = useNavigate()
  const [words, setWords] = useState('')
  const found = searchSettings(words)
  const onKeyDown = (event: KeyboardEvent) => {
    const [first] = found
    if (event.key === 'Escape' && words !== '') {
      event.stopPropagation()
      setWords('')
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing && first !== undefined) {
      void navigate({ to: '/settings/$section', params: { section: first.section }, hash: anchorOf(first) })
    }
  }
  return (
    <>
      <div className="flex h-13 shrink-0 items-center justify-between px-2">
        <Link to="/" className={row}>
          <ArrowLeft aria-hidden />
          {text(settingsTexts.backToChat)}
        </Link>
        {!isPage && <SidebarToggle />}
      </div>
      {isPage && <h1 className="px-4.5 pb-2 text-xl font-semibold tracking-tight">{text(commonTexts.settings)}</h1>}
      <div className="px-3 pt-1 pb-3">
        <Input
          type="search"
          aria-label={text(settingsTexts.search)}
          placeholder={text(settingsTexts.search)}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <nav
        aria-label={text(commonTexts.settings)}
        className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto px-2 pb-2"
      >
        {words.trim() === '' ? (
          sections.map(({ id, title, icon }) => (
            <Link
              key={id}
              to="/settings/$section"
              params={{ section: id }}
              activeProps={{ className: 'bg-hover font-medium' }}
              className={row}
            >
              {icon}
              <span className="flex-1">{text(title)}</span>
              {isPage && <ChevronRight aria-hidden />}
            </Link>
          ))
        ) : (
          <Found entries={found} />
        )}
      </nav>
      <div className="border-t p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <AccountMenu place="settings" />
      </div>
    </>
  )
}

function Found({ entries }: { readonly entries: readonly SearchEntry[] }) {
  const text = useText()
  const sectionTitle = (id: string) => {
    const section = sections.find((known) => known.id === id)
    return section === undefined ? '' : text(section.title)
  }
  return (
    <>
      <p role="status" className="px-2.5 pb-1 text-xs text-muted">
        {text(entries.length === 0 ? settingsTexts.nothingFound : settingsTexts.foundCount, { count: entries.length })}
      </p>
      {entries.map((entry) => (
        <Link
          key={`${entry.section} ${entry.title.en}`}
          to="/settings/$section"
          params={{ section: entry.section }}
          hash={anchorOf(entry)}
          className="rounded-lg px-2.5 py-1.5 transition-colors hover:bg-hover coarse:min-h-11"
        >
          <span className="block truncate">{text(entry.title)}</span>
          <span className="block truncate text-xs text-muted">{sectionTitle(entry.section)}</span>
        </Link>
      ))}
    </>
  )
}
