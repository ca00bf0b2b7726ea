import type { ReactNode } from 'react'

export interface EmptyStateProps {
  readonly icon?: ReactNode
  readonly title: string
  /** What to do about it. */
  readonly hint?: ReactNode
  readonly action?: ReactNode
}

export function EmptyState({ icon, title, hint, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      {icon !== undefined && (
        <div
          aria-hidden
          className="mb-2 grid size-12 place-items-center rounded-2xl bg-accent-soft text-accent-ink [&>svg]:size-6"
        >
          {icon}
        </div>
      )}
      <h2 className="text-lg">{title}</h2>
      {hint !== undefined && <p className="max-w-md text-muted">{hint}</p>}
      {action !== undefined && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}
