import type { ReactNode } from 'react'

/** What a list is searched and filtered by: in a row; on phones two beside each other, the search field above them. */
export function FilterBar({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex flex-wrap gap-2 max-sm:grid max-sm:grid-cols-2 max-sm:*:max-w-none max-sm:*:[&[type=search]]:col-span-2">
      {children}
    </div>
  )
}
