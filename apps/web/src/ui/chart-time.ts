/** Hours are the reader's own; days and months are the server's, which counts them in UTC. */
import { localeNow } from '../i18n/language.ts'
import type { Bucket } from './chart-data.ts'

const forms: Record<Bucket, Intl.DateTimeFormatOptions> = {
  hour: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { month: 'short', day: 'numeric', timeZone: 'UTC' },
  month: { year: 'numeric', month: 'short', timeZone: 'UTC' },
}

export function formatBucket(time: number, per: Bucket): string {
  return new Intl.DateTimeFormat(localeNow(), forms[per]).format(time)
}

/** For an axis: hours without their day. */
export function formatTick(time: number, per: Bucket): string {
  const form = per === 'hour' ? ({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const) : forms[per]
  return new Intl.DateTimeFormat(localeNow(), form).format(time)
}
