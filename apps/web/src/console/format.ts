import { localeNow } from '../i18n/language.ts'

/** To the second, without the year: "Nov 20, 18:46:19". */
export function formatMoment(time: string | number): string {
  return new Intl.DateTimeFormat(localeNow(), {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(time))
}
