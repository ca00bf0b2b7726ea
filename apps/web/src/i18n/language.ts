import { formatMessage, type Language, type Message, type MessageParameters } from '@parley/contract'
import { createStoredStore, useStore } from '../api/store.ts'

export type { Language, Message, MessageParameters }

/** The reader's choice, kept in this browser; before any, the browser's own language. */
export const language = createStoredStore<Language>('parley.language', (stored) =>
  stored === 'en' || stored === 'zh' ? stored : navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
)
language.subscribe(() => {
  document.documentElement.lang = localeNow()
})

export function languageNow(): Language {
  return language.get()
}

/** For `Intl` and the `lang` attribute. */
export function localeNow(): string {
  return language.get() === 'zh' ? 'zh-CN' : 'en'
}

/** A text outside of what React draws. */
export function textNow(message: Message, parameters?: MessageParameters): string {
  return formatMessage(message, language.get(), parameters)
}

export type Text = (message: Message, parameters?: MessageParameters) => string

/** Gives texts in the reader's language, and draws again when that changes: `text(chatTexts.send)`. */
export function useText(): Text {
  useStore(language)
  return textNow
}
