import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import type { Message } from '../../i18n/language.ts'
import type { Range } from './usage-series.ts'

export const rangeTexts: Record<Range, Message> = {
  '24h': usageTexts.range24h,
  '7d': usageTexts.range7d,
  '30d': usageTexts.range30d,
  '12m': usageTexts.range12m,
}
