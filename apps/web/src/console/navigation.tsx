import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import type { LinkProps } from '@tanstack/react-router'
import {
  BellRing,
  Boxes,
  ChartColumn,
  DatabaseBackup,
  Gauge,
  HeartPulse,
  KeyRound,
  KeySquare,
  LayoutDashboard,
  Network,
  ReceiptText,
  ScrollText,
  ShieldCheck,
  SlidersHorizontal,
  Terminal,
  Users,
  UsersRound,
} from 'lucide-react'
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

const overview: NavigationGroup = {
  label: consoleTexts.groupOverview,
  entries: [
    { to: '/console/dashboard', label: consoleTexts.dashboard, icon: <LayoutDashboard aria-hidden /> },
    { to: '/console/usage', label: consoleTexts.usage, icon: <ChartColumn aria-hidden /> },
    { to: '/console/calls', label: consoleTexts.records, icon: <ReceiptText aria-hidden /> },
    { to: '/console/alerts', label: consoleTexts.alerts, icon: <BellRing aria-hidden /> },
  ],
}

const relay: NavigationGroup = {
  label: consoleTexts.groupRelay,
  entries: [
    { to: '/console/accounts', label: consoleTexts.accounts, icon: <Network aria-hidden /> },
    { to: '/console/keys', label: consoleTexts.keys, icon: <KeyRound aria-hidden /> },
    { to: '/console/models', label: consoleTexts.models, icon: <Boxes aria-hidden /> },
    { to: '/console/limits', label: limitTexts.title, icon: <ShieldCheck aria-hidden /> },
  ],
}

const system: NavigationGroup = {
  label: consoleTexts.groupSystem,
  entries: [
    { to: '/console/users', label: consoleTexts.users, icon: <Users aria-hidden /> },
    { to: '/console/groups', label: groupTexts.title, icon: <UsersRound aria-hidden /> },
    { to: '/console/audit', label: consoleTexts.audit, icon: <ScrollText aria-hidden /> },
    { to: '/console/logs', label: consoleTexts.logs, icon: <Terminal aria-hidden /> },
    { to: '/console/backups', label: consoleTexts.backups, icon: <DatabaseBackup aria-hidden /> },
    { to: '/console/settings', label: consoleTexts.settings, icon: <SlidersHorizontal aria-hidden /> },
    { to: '/console/health', label: consoleTexts.health, icon: <HeartPulse aria-hidden /> },
  ],
}

const mine: NavigationGroup = {
  label: consoleTexts.groupMine,
  entries: [
    { to: '/console/my-keys', label: consoleTexts.myKeys, icon: <KeySquare aria-hidden /> },
    { to: '/console/my-usage', label: consoleTexts.myUsage, icon: <Gauge aria-hidden /> },
  ],
}

const aboutOthers: readonly string[] = ['/console/users', '/console/groups'] satisfies NavigationEntry['to'][]

export function navigationFor(role: 'admin' | 'user', { isSingleUser = false } = {}): readonly NavigationGroup[] {
  if (role === 'user') return [mine]
  const entries = system.entries.filter(({ to }) => !isSingleUser || !aboutOthers.includes(to))
  return [overview, relay, { ...system, entries }, mine]
}
