import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { useLocation } from '@tanstack/react-router'
import { PanelLeft } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { createStore, createStoredStore, useStore } from '../api/store.ts'
import { useText } from '../i18n/language.ts'
import { Drawer } from '../ui/drawer.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Banner } from './banner.tsx'
import { useMediaQuery, wideScreen } from './media-query.ts'
import { useBindings } from './shortcuts.ts'
import { useEdgeSwipe } from './use-edge-swipe.ts'

const isCollapsed = createStoredStore('parley.sidebar-collapsed', (stored) => stored === true)
const isDrawerOpen = createStore(false)

export interface SideLayoutProps {
  readonly sidebar: ReactNode
  /** What the sidebar is, for screen readers. */
  readonly label: string
  readonly children: ReactNode
}

/** A page with a sidebar: beside it on wide screens, where it can be put away; a drawer on others. */
export function SideLayout({ sidebar, label, children }: SideLayoutProps) {
  const isWide = useMediaQuery(wideScreen)
  const isPutAway = useStore(isCollapsed)
  const isOpen = useStore(isDrawerOpen)
  const { href } = useLocation()
  useEdgeSwipe(!isWide, isDrawerOpen.set)
  // Whoever has chosen something in the drawer wants to see it.
  useEffect(() => isDrawerOpen.set(false), [href])
  return (
    <div className="flex h-full">
      {isWide && !isPutAway && (
        <aside aria-label={label} className="flex w-68 shrink-0 flex-col border-r bg-sunken">
          {sidebar}
        </aside>
      )}
      {!isWide && (
        <Drawer isOpen={isOpen} onClose={() => isDrawerOpen.set(false)} title={label}>
          <div className="flex min-h-0 flex-1 flex-col bg-sunken">{sidebar}</div>
        </Drawer>
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        <Banner />
        {children}
      </div>
    </div>
  )
}

export function toggleSidebar(): void {
  if (matchMedia(wideScreen).matches) isCollapsed.update((collapsed) => !collapsed)
  else isDrawerOpen.update((open) => !open)
}

/** In the sidebar it puts it away; `isOpener`, in a page's header, is only there while the sidebar is not. */
export function SidebarToggle({ isOpener = false }: { readonly isOpener?: boolean }) {
  const text = useText()
  const isWide = useMediaQuery(wideScreen)
  const isPutAway = useStore(isCollapsed)
  const bindings = useBindings()
  if (isOpener && isWide && !isPutAway) return null
  return (
    <IconButton
      label={text(isOpener ? shellTexts.showSidebar : shellTexts.hideSidebar)}
      shortcut={bindings.sidebar}
      side="bottom"
      onClick={toggleSidebar}
    >
      <PanelLeft aria-hidden className="size-4.5" />
    </IconButton>
  )
}
