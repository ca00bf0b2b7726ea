/**
 * Why an account is out or an attempt failed, in the reader's language. The server writes such reasons down in English, as
 * they are kept and sent on; what an upstream said itself stays in its own words.
 */
import { reasonTexts } from '@parley/contract/page-texts/console-reasons.ts'
import { languageNow, textNow } from '../i18n/language.ts'

export function reasonText(reason: string): string {
  if (languageNow() === 'en') return reason
  for (const { pattern, text } of reasonTexts) {
    const match = pattern.exec(reason)
    if (match === null) continue
    const rest = match.groups?.['rest']
    const words = textNow(text, { value: match.groups?.['value'] ?? '' })
    return rest === undefined || rest === '' ? words : `${words}：${reasonText(rest)}`
  }
  return reason
}
