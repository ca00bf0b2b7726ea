import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Message } from '@parley/contract'
import { useParams } from '@tanstack/react-router'
import {
  Bot,
  Boxes,
  HardDriveUpload,
  Info,
  Keyboard,
  LibraryBig,
  MessageSquare,
  MonitorSmartphone,
  SlidersHorizontal,
  UserRound,
} from 'lucide-react'
import type { ComponentType, ReactNode } from 'react'
import { useText } from '../i18n/language.ts'
import { NotFound } from '../shell/fallbacks.tsx'
import { SidebarToggle, SideLayout } from '../shell/side-layout.tsx'
import { AboutSection } from './about-section.tsx'
import { AccountSection } from './account-section.tsx'
import { BotsSection } from './bots-section.tsx'
import { ChatSection } from './chat-section.tsx'
import { DataSection } from './data-section.tsx'
import { GeneralSection } from './general-section.tsx'
import { KeyboardSection } from './keyboard-section.tsx'
import { ModelsSection } from './models-section.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { SettingsSidebar } from './settings-sidebar.tsx'
import { TemplatesSection } from './templates-section.tsx'
import { useSoughtSetting } from './use-sought-setting.ts'

export interface Section {
  readonly id: string
  readonly title: Message
  readonly icon: ReactNode
  readonly content: ComponentType
}

const sections: readonly Section[] = [
  { id: 'general', title: settingsTexts.general, icon: <SlidersHorizontal />, content: GeneralSection },
  { id: 'chat', title: settingsTexts.chat, icon: <MessageSquare />, content: ChatSection },
  { id: 'templates', title: settingsTexts.templates, icon: <LibraryBig />, content: TemplatesSection },
  { id: 'bots', title: settingsTexts.bots, icon: <Bot />, content: BotsSection },
  { id: 'models', title: settingsTexts.models, icon: <Boxes />, content: ModelsSection },
  { id: 'data', title: settingsTexts.data, icon: <HardDriveUpload />, content: DataSection },
  { id: 'account', title: settingsTexts.account, icon: <UserRound />, content: AccountSection },
  { id: 'sessions', title: settingsTexts.sessions, icon: <MonitorSmartphone />, content: SessionsSection },
  { id: 'keyboard', title: settingsTexts.keyboard, icon: <Keyboard />, content: KeyboardSection },
  { id: 'about', title: settingsTexts.about, icon: <Info />, content: AboutSection },
]

export function SettingsPage() {
  const text = useText()
  const { section: id } = useParams({ from: '/signed-in/settings/$section' })
  const section = sections.find((known) => known.id === id)
  useSoughtSetting(id)
  if (section === undefined) return <NotFound />
  const Content = section.content
  return (
    <SideLayout label={text(commonTexts.settings)} sidebar={<SettingsSidebar sections={sections} />}>
      <header className="flex h-13 shrink-0 items-center gap-1 px-2 md:px-4">
        <SidebarToggle isOpener />
        <h1 data-setting={text(section.title)} className="px-2 text-[15px] font-medium">
          {text(section.title)}
        </h1>
      </header>
      <main className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-2xl px-4 pt-2 pb-16 md:px-6">
          <Content />
        </div>
      </main>
    </SideLayout>
  )
}
