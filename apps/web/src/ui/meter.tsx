import { classes } from './classes.ts'

export interface MeterProps {
  readonly label: string
  readonly value: number
  readonly max: number
  /** How the value reads, such as "320 of 1,000". */
  readonly valueText: string
}

/** How much of something is used. Turns to warning from 80 %, to danger at the end. */
export function Meter({ label, value, max, valueText }: MeterProps) {
  const share = max <= 0 ? 1 : Math.min(1, value / max)
  const tone = share >= 1 ? 'bg-danger' : share >= 0.8 ? 'bg-warning' : 'bg-accent'
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(value, max)}
      aria-valuetext={valueText}
      className="h-1.5 w-full overflow-hidden rounded-full bg-hover"
    >
      <div className={classes('h-full rounded-full', tone)} style={{ width: `${share * 100}%` }} />
    </div>
  )
}
