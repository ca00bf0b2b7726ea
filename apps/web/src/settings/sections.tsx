import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Message } from '@parley/contract'
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
import { AboutSection } from './about-section.tsx'
import { AccountSection } from './account-section.tsx'
import { BotsSection } from './bots-section.tsx'
import { ChatSection } from './chat-section.tsx'
import { DataSection } from './data-section.tsx'
import { GeneralSection } from './general-section.tsx'
import { KeyboardSection } from './keyboard-section.tsx'
import { ModelsSection } from './models-section.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { TemplatesSection } from './templates-section.tsx'

export interface Section {
  readonly id: string
  readonly title: Message
  readonly icon: ReactNode
  readonly content: ComponentType
}

export const sections: readonly Section[] = [
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
