import { localeNow } from '../i18n/language.ts'

/** To the second, without the year when it is this one: "Nov 20, 18:46:19". */
export function formatMoment(time: string | number, now: number = Date.now()): string {
  const date = new Date(time)
  const isThisYear = date.getFullYear() === new Date(now).getFullYear()
  return new Intl.DateTimeFormat(localeNow(), {
    ...(!isThisYear && { year: 'numeric' }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(date)
}
