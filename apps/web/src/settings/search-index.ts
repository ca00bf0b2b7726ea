/** What can be found on the settings pages; a test says of which it is not known here. */
import type { Message } from '@parley/contract'
import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { shortcutTexts } from '../shell/shortcuts.ts'

export interface SearchEntry {
  readonly section: string
  readonly title: Message
  readonly hint?: Message
}

const entries: readonly SearchEntry[] = [
  { section: 'general', title: commonTexts.theme, hint: settingsTexts.themeHint },
  { section: 'general', title: commonTexts.language, hint: settingsTexts.languageHint },
  { section: 'chat', title: settingsTexts.defaultModel, hint: settingsTexts.defaultModelHint },
  { section: 'chat', title: settingsTexts.sendKey, hint: settingsTexts.sendKeyHint },
  { section: 'chat', title: settingsTexts.streaming, hint: settingsTexts.streamingHint },
  { section: 'chat', title: settingsTexts.speechRate, hint: settingsTexts.speechRateHint },
  { section: 'chat', title: settingsTexts.showUsage },
  { section: 'templates', title: settingsTexts.templates, hint: settingsTexts.templateHint },
  { section: 'bots', title: settingsTexts.bots, hint: settingsTexts.botsHint },
  { section: 'models', title: settingsTexts.models, hint: settingsTexts.modelsHint },
  { section: 'data', title: settingsTexts.importTitle, hint: settingsTexts.importHint },
  { section: 'data', title: settingsTexts.exportTitle, hint: settingsTexts.exportHint },
  { section: 'data', title: settingsTexts.files, hint: settingsTexts.filesHint },
  { section: 'data', title: settingsTexts.deleteAllTitle, hint: settingsTexts.deleteAllHint },
  { section: 'account', title: settingsTexts.nickname },
  { section: 'account', title: settingsTexts.usage },
  { section: 'account', title: settingsTexts.changePassword },
  { section: 'account', title: authTexts.codeTitle, hint: settingsTexts.twoStepHint },
  { section: 'sessions', title: settingsTexts.sessions },
  ...Object.values(shortcutTexts).map((title) => ({ section: 'keyboard', title })),
  { section: 'about', title: settingsTexts.version, hint: settingsTexts.aboutHint },
]

/** In either language: who is used to one finds it in the other. */
export function searchSettings(words: string): readonly SearchEntry[] {
  const wanted = words.trim().toLowerCase()
  if (wanted === '') return []
  const has = ({ en, zh }: Message) => en.toLowerCase().includes(wanted) || zh.toLowerCase().includes(wanted)
  const byTitle = entries.filter(({ title }) => has(title))
  const byHint = entries.filter(({ title, hint }) => !has(title) && hint !== undefined && has(hint))
  return [...byTitle, ...byHint]
}

/** What stands after `#` in its address. */
export function anchorOf({ title }: SearchEntry): string {
  return title.en.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

export function tryEntry(section: string, anchor: string): SearchEntry | undefined {
  return anchor === '' ? undefined : entries.find((entry) => entry.section === section && anchorOf(entry) === anchor)
}
