import { CircleAlert } from 'lucide-react'

/** Why a form did not work; empty when it did. */
export function Problem({ id, problem }: { readonly id?: string; readonly problem: string | undefined }) {
  return (
    <div id={id} role="alert" className="empty:hidden">
      {problem !== undefined && (
        <p className="flex gap-2 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {problem}
        </p>
      )}
    </div>
  )
}
