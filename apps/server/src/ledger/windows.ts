/**
 * The windows that limits count in. They are fixed, not sliding: minutes and five hours are counted from 1970 on (UTC);
 * days, weeks (from Monday) and months begin at midnight of the time zone in the settings. A call counts in the window in
 * which it was admitted, however long it runs.
 */
import type { LimitPer } from '@parley/contract'

export interface Window {
  readonly start: number
  /** The first moment after it; the largest safe date for `total`. */
  readonly end: number
}

const endOfTime = 8_640_000_000_000_000
const dayMs = 86_400_000
const fixedMs: { readonly [per: string]: number } = { minute: 60_000, '5h': 5 * 3_600_000 }

export type WindowOf = (per: LimitPer, now: number) => Window

export function createWindows(timeZone: string): WindowOf {
  const latest = new Map<LimitPer, Window>()
  const calendar = new ZoneCalendar(timeZone)
  return (per, now) => {
    const known = latest.get(per)
    if (known !== undefined && known.start <= now && now < known.end) return known
    const window = compute(per, now, calendar)
    latest.set(per, window)
    return window
  }
}

function compute(per: LimitPer, now: number, calendar: ZoneCalendar): Window {
  const length = fixedMs[per]
  if (length !== undefined) {
    const start = Math.floor(now / length) * length
    return { start, end: start + length }
  }
  if (per === 'total') return { start: 0, end: endOfTime }
  const { year, month, day } = calendar.dateOf(now)
  if (per === 'month') return { start: calendar.midnight(year, month, 1), end: calendar.midnight(year, month + 1, 1) }
  // 1970-01-01 was a Thursday.
  const weekday = (Math.floor(Date.UTC(year, month, day) / dayMs) + 3) % 7
  const first = per === 'week' ? day - weekday : day
  return {
    start: calendar.midnight(year, month, first),
    end: calendar.midnight(year, month, first + (per === 'week' ? 7 : 1)),
  }
}

class ZoneCalendar {
  readonly #format: Intl.DateTimeFormat

  constructor(timeZone: string) {
    const numeric = 'numeric'
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    })
  }

  /** The date there; months count from 0, as JavaScript's do. */
  dateOf(at: number): { year: number; month: number; day: number } {
    const local = new Date(at + this.#offsetAt(at))
    return { year: local.getUTCFullYear(), month: local.getUTCMonth(), day: local.getUTCDate() }
  }

  /** When the day begins there. Where clocks are moved at midnight it is the first moment of the day. */
  midnight(year: number, month: number, day: number): number {
    const asUtc = Date.UTC(year, month, day)
    const guess = asUtc - this.#offsetAt(asUtc)
    return asUtc - this.#offsetAt(guess)
  }

  #offsetAt(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    return local - Math.floor(at / 1000) * 1000
  }
}
