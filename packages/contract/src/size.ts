import type { Message } from './messages.ts'

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** 850 B, 1.2 MB, 3.4 GB. */
export function formatBytes(bytes: number, locale: string): string {
  const format = (value: number, options?: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(locale, options).format(value)
  if (bytes < 1000) return `${format(bytes)} B`
  const power = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const unit = units[power] ?? 'byte'
  return format(bytes / 1000 ** power, { style: 'unit', unit, maximumFractionDigits: 1 })
}

/** A size as a parameter of a text. */
export function sizeText(bytes: number): Message {
  return { en: formatBytes(bytes, 'en'), zh: formatBytes(bytes, 'zh-CN') }
}
