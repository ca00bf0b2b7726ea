/**
 * Every text that a person sees, in both languages: one catalogue for server and page.
 * `{name}` is replaced by the parameter of that name. Chinese texts quoted from the requirement documents stand word for word.
 */

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

export interface Message {
  readonly en: string
  readonly zh: string
}

/** A parameter that is itself a text has it in both languages. */
export type MessageParameters = { readonly [name: string]: string | number | Message }

export function formatMessage(message: Message, language: Language, parameters: MessageParameters = {}): string {
  return message[language].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    return typeof value === 'object' ? value[language] : String(value ?? whole)
  })
}

/** The first language of an `Accept-Language` header that there are texts in; English when there is none. */
export function languageOf(acceptLanguage: string | undefined): Language {
  for (const range of (acceptLanguage ?? '').toLowerCase().split(',')) {
    const tag = range.trim().split(';')[0] ?? ''
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh'
    if (tag === 'en' || tag.startsWith('en-')) return 'en'
  }
  return 'en'
}
