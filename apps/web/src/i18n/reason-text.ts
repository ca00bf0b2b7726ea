import { sayReason } from '@parley/contract'
import { languageNow } from './language.ts'

/** Why an account is out or an attempt failed, in the reader's language. */
export function reasonText(reason: string): string {
  return sayReason(reason, languageNow())
}
