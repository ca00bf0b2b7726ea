import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { appInfoQuery } from '../api/queries.ts'
import { session } from '../api/session.ts'
import { useStore } from '../api/store.ts'
import { useText } from '../i18n/language.ts'
import { AccountMenu } from '../shell/account-menu.tsx'
import { Brand } from '../shell/brand.tsx'
import { SideLayout, SidebarToggle } from '../shell/side-layout.tsx'
import { navigationFor } from './navigation.tsx'

export function ConsoleLayout() {
  const text = useText()
  return (
    <SideLayout label={text(consoleTexts.navigation)} sidebar={<ConsoleSidebar />}>
      <Outlet />
    </SideLayout>
  )
}

function ConsoleSidebar() {
  const text = useText()
  const role = useStore(session)?.user.role ?? 'user'
  const { data: app } = useQuery(appInfoQuery)
  const isSingleUser = app?.single_user === true
  return (
    <>
      <div className="flex h-14 shrink-0 items-center justify-between pr-2 pl-4">
        <Brand />
        <SidebarToggle />
      </div>
      <nav aria-label={text(consoleTexts.navigation)} className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {navigationFor(role, { isSingleUser }).map((group) => (
          <section key={group.label.en} className="mt-3 first:mt-0">
            <h2 className="px-2.5 pt-1 pb-1 text-xs font-medium text-muted">{text(group.label)}</h2>
            <ul>
              {group.entries.map((entry) => (
                <li key={entry.to}>
                  <Link
                    to={entry.to}
                    className="flex h-9 items-center gap-2.5 rounded-lg px-2.5 hover:bg-hover data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent-ink coarse:h-11 [&>svg]:size-4.5 [&>svg]:shrink-0"
                  >
                    {entry.icon}
                    <span className="truncate">{text(entry.label)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <div className="flex shrink-0 flex-col gap-1 border-t p-2">
        <Link
          to="/"
          className="flex h-9 items-center gap-2.5 rounded-lg px-2.5 text-muted hover:bg-hover hover:text-text coarse:h-11"
        >
          <ArrowLeft aria-hidden className="size-4.5" />
          {text(consoleTexts.backToChat)}
        </Link>
        <AccountMenu place="console" />
      </div>
    </>
  )
}
