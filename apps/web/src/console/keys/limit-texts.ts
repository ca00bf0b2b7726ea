import type { LimitPer, LimitWhat } from '@parley/contract'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { formatCost, formatNumber } from '../../i18n/format.ts'
import type { Message, Text } from '../../i18n/language.ts'
import type { KeyLimit } from '../api-types.ts'

export const subjectTexts: Record<LimitWhat, Message> = {
  requests: keyTexts.whatRequests,
  tokens: keyTexts.whatTokens,
  cost: keyTexts.whatCost,
  concurrency: keyTexts.whatConcurrency,
}

export const windowTexts: Record<LimitPer, Message> = {
  minute: keyTexts.perMinute,
  '5h': keyTexts.per5h,
  day: keyTexts.perDay,
  week: keyTexts.perWeek,
  month: keyTexts.perMonth,
  total: keyTexts.perTotal,
}

/** "60 requests a minute", "$25.50 a month". */
export function limitText({ what, per, max }: KeyLimit, text: Text): string {
  if (what === 'cost') return `${formatCost(max)} ${text(windowTexts[per])}`
  if (what === 'concurrency') return `${text(subjectTexts[what])}: ${formatNumber(max)}`
  return `${text(subjectTexts[what])}: ${formatNumber(max)} ${text(windowTexts[per])}`
}
