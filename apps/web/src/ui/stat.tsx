import type { ReactNode } from 'react'
import { classes } from './classes.ts'
import { Skeleton } from './skeleton.tsx'

export interface StatProps {
  readonly label: string
  /** Undefined while it is on its way. */
  readonly value: ReactNode
  readonly note?: ReactNode
  readonly icon?: ReactNode
}

/** One figure with its name. */
export function Stat({ label, value, note, icon }: StatProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded-xl border bg-surface px-4 py-3.5">
      <dt className="flex items-center gap-2 text-sm text-muted [&>svg]:size-4">
        {icon}
        {label}
      </dt>
      <dd className="truncate text-2xl leading-9 font-semibold tabular-nums">
        {value === undefined ? <Skeleton className="my-1.5 h-6 w-20" /> : value}
      </dd>
      {note !== undefined && <dd className="min-h-5 text-xs text-muted">{note}</dd>}
    </div>
  )
}

export interface StatsProps {
  readonly children: ReactNode
  /** On wide screens; two on others. */
  readonly columns?: 2 | 3 | 4
}

const wide = { 2: '', 3: 'lg:grid-cols-3', 4: 'lg:grid-cols-4' }

export function Stats({ children, columns = 4 }: StatsProps) {
  return <dl className={classes('grid grid-cols-2 gap-3', wide[columns])}>{children}</dl>
}
