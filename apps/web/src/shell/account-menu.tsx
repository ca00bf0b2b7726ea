import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { useNavigate } from '@tanstack/react-router'
import {
  BookOpen,
  ChevronsUpDown,
  Gauge,
  Languages,
  LogOut,
  MessagesSquare,
  Monitor,
  Moon,
  Settings,
  Sun,
} from 'lucide-react'
import { ApiError, call } from '../api/client.ts'
import { endSession, session } from '../api/session.ts'
import { useStore } from '../api/store.ts'
import { language, useText } from '../i18n/language.ts'
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx'
import { showError } from '../ui/toast.tsx'
import { Avatar } from './avatar.tsx'
import { nextTheme, theme } from './theme.ts'

export async function signOut(): Promise<void> {
  try {
    await call('POST', '/api/auth/logout')
  } catch (error) {
    // A session that has ended already is what was wanted.
    if (!(error instanceof ApiError && error.status === 401)) return showError(error)
  }
  endSession({ isWished: true })
}

const themeIcons = { system: <Monitor />, light: <Sun />, dark: <Moon /> }

/** At the bottom of every sidebar: who is signed in, and where else to go. */
export function AccountMenu({ place }: { readonly place: 'chat' | 'console' | 'settings' }) {
  const text = useText()
  const navigate = useNavigate()
  const user = useStore(session)?.user
  const currentTheme = useStore(theme)
  if (user === undefined) return null
  const name = user.nickname ?? user.username
  const themeNames = { light: commonTexts.themeLight, dark: commonTexts.themeDark, system: commonTexts.themeSystem }
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          className="flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left hover:bg-hover coarse:py-2.5"
        >
          <Avatar name={name} seed={user.id} />
          <span className="sr-only">{text(shellTexts.accountMenu)}</span>
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm leading-5 font-medium">{name}</span>
            <span className="block truncate text-xs text-muted">{user.email}</span>
          </span>
          <ChevronsUpDown aria-hidden className="size-4 text-muted" />
        </button>
      }
    >
      {place !== 'chat' && (
        <MenuItem icon={<MessagesSquare />} onSelect={() => void navigate({ to: '/' })}>
          {text(commonTexts.chat)}
        </MenuItem>
      )}
      {place !== 'settings' && (
        <MenuItem icon={<Settings />} onSelect={() => void navigate({ to: '/settings' })}>
          {text(commonTexts.settings)}
        </MenuItem>
      )}
      {place !== 'console' && (
        <MenuItem icon={<Gauge />} onSelect={() => void navigate({ to: '/console' })}>
          {text(commonTexts.console)}
        </MenuItem>
      )}
      <MenuItem icon={<BookOpen />} onSelect={() => window.open('/docs', '_blank', 'noopener')}>
        {text(shellTexts.apiDocs)}
      </MenuItem>
      <MenuSeparator />
      <MenuItem
        icon={themeIcons[currentTheme]}
        note={text(themeNames[currentTheme])}
        onSelect={() => theme.update((now) => nextTheme[now])}
      >
        {text(commonTexts.theme)}
      </MenuItem>
      <MenuItem
        icon={<Languages />}
        note={text(shellTexts.otherLanguage)}
        onSelect={() => language.update((now) => (now === 'zh' ? 'en' : 'zh'))}
      >
        {text(commonTexts.language)}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<LogOut />} onSelect={() => void signOut()}>
        {text(commonTexts.signOut)}
      </MenuItem>
    </Menu>
  )
}
