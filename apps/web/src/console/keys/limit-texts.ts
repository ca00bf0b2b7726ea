import { fillMessage, limitAmounts, limitPeriods, type LimitWhat } from '@parley/contract'
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

/** "60 requests per minute", "$25.50 per month". */
export function limitText({ what, per, max }: KeyLimit, text: Text): string {
  if (what === 'concurrency') return text(keyTexts.concurrencyText, { max: formatNumber(max) })
  const amount = what === 'cost' ? formatCost(max) : fillMessage(limitAmounts[what], { max: formatNumber(max) })
  return text(keyTexts.limitText, { amount, period: limitPeriods[per] })
}
