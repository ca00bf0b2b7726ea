/** Numbers and times as the reader writes them. */
import { formatBytes as formatBytesIn, joinChinese } from '@parley/contract'
import { localeNow } from './language.ts'

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(localeNow(), options).format(value)
}

/** 12.3K, 1.2万. */
export function formatCompact(value: number): string {
  return formatNumber(value, { notation: 'compact', maximumFractionDigits: 1 })
}

/** US dollars; small amounts keep their first digits. */
export function formatCost(dollars: number): string {
  const digits = dollars === 0 || dollars >= 0.1 ? 2 : dollars >= 0.001 ? 4 : 6
  return formatNumber(dollars, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  })
}

/** 850 B, 1.2 MB, 3.4 GB. */
export function formatBytes(bytes: number): string {
  return formatBytesIn(bytes, localeNow())
}

export function formatPercent(share: number): string {
  return formatNumber(share, { style: 'percent', maximumFractionDigits: 1 })
}

export function formatDateTime(time: string | number): string {
  return new Intl.DateTimeFormat(localeNow(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time))
}

export function formatDate(time: string | number): string {
  return new Intl.DateTimeFormat(localeNow(), { dateStyle: 'medium' }).format(new Date(time))
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** "5 minutes ago", "2 小时前". */
export function formatAgo(time: string | number, now: number = Date.now()): string {
  const ago = new Date(time).getTime() - now
  const [unit, milliseconds] = steps.find(([, step]) => Math.abs(ago) >= step) ?? (['minute', 60_000] as const)
  const format = new Intl.RelativeTimeFormat(localeNow(), { numeric: 'auto' })
  return joined(format.formatToParts(Math.round(ago / milliseconds), unit))
}

/** With the spaces of our own texts in Chinese, where `Intl` writes none. */
function joined(parts: readonly { readonly value: string }[]): string {
  return parts.map(({ value }) => value).reduce(joinChinese, '')
}

/** 850 ms, 12.4 s, 3.1 min; 12.4 秒. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return formatUnit(Math.round(milliseconds), 'millisecond')
  if (milliseconds < 60_000) return formatUnit(milliseconds / 1000, 'second')
  return formatUnit(milliseconds / 60_000, 'minute')
}

function formatUnit(value: number, unit: string): string {
  const format = new Intl.NumberFormat(localeNow(), { style: 'unit', unit, maximumFractionDigits: 1 })
  return joined(format.formatToParts(value))
}
