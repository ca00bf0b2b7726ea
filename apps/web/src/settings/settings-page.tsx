import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { Link, Navigate, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from '../i18n/language.ts'
import { Banner } from '../shell/banner.tsx'
import { NotFound } from '../shell/fallbacks.tsx'
import { useMediaQuery, wideScreen } from '../shell/media-query.ts'
import { SidebarToggle, SideLayout } from '../shell/side-layout.tsx'
import { buttonClasses } from '../ui/button.tsx'
import { type Section, sections } from './sections.tsx'
import { SettingsSidebar } from './settings-sidebar.tsx'
import { useSoughtSetting } from './use-sought-setting.ts'

/** On a small screen: all sections, each of which is a page. On a wide one they stand beside the first. */
export function SettingsStartPage() {
  const isWide = useMediaQuery(wideScreen)
  if (isWide) return <Navigate to="/settings/$section" params={{ section: 'general' }} replace />
  return (
    <div className="flex h-full flex-col bg-sunken">
      <Banner />
      <main className="flex min-h-0 flex-1 flex-col">
        <SettingsSidebar isPage />
      </main>
    </div>
  )
}

export function SettingsPage() {
  const text = useText()
  const isWide = useMediaQuery(wideScreen)
  const { section: id } = useParams({ from: '/signed-in/settings/$section' })
  const section = sections.find((known) => known.id === id)
  useSoughtSetting(id)
  if (section === undefined) return <NotFound />
  if (!isWide) {
    return (
      <div className="flex h-full flex-col">
        <Banner />
        <SectionPage section={section}>
          <Link
            to="/settings"
            aria-label={text(settingsTexts.allSettings)}
            className={`${buttonClasses('ghost')} w-11 px-0! text-muted`}
          >
            <ArrowLeft aria-hidden className="size-5" />
          </Link>
        </SectionPage>
      </div>
    )
  }
  return (
    <SideLayout label={text(commonTexts.settings)} sidebar={<SettingsSidebar />}>
      <SectionPage section={section}>
        <SidebarToggle isOpener />
      </SectionPage>
    </SideLayout>
  )
}

/** `children`: before its title, the way to the others. */
function SectionPage({ section, children }: { readonly section: Section; readonly children: ReactNode }) {
  const text = useText()
  const { title, content: Content } = section
  return (
    <>
      <header className="flex h-13 shrink-0 items-center gap-1 px-2 md:px-4">
        {children}
        <h1 data-setting={text(title)} className="px-2 text-[15px] font-medium">
          {text(title)}
        </h1>
      </header>
      <main className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-2xl px-4 pt-2 pb-16 md:px-6">
          <Content />
        </div>
      </main>
    </>
  )
}
