import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import type { LinkProps } from '@tanstack/react-router'
import { Network } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Message } from '../i18n/language.ts'

export interface NavigationEntry {
  readonly to: NonNullable<LinkProps['to']>
  readonly label: Message
  readonly icon: ReactNode
}

export interface NavigationGroup {
  readonly label: Message
  readonly entries: readonly NavigationEntry[]
}

const relay: NavigationGroup = {
  label: consoleTexts.groupRelay,
  entries: [{ to: '/console/accounts', label: consoleTexts.accounts, icon: <Network aria-hidden /> }],
}

export function navigationFor(role: 'admin' | 'user'): readonly NavigationGroup[] {
  return role === 'admin' ? [relay] : []
}
