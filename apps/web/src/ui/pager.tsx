import { pagerTexts } from '@parley/contract/page-texts/console.ts'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { formatNumber } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { IconButton } from './icon-button.tsx'

export interface PagerProps {
  readonly page: number
  readonly limit: number
  readonly total: number
  readonly onChange: (page: number) => void
}

/** Nothing when everything is on one page. */
export function Pager({ page, limit, total, onChange }: PagerProps) {
  const text = useText()
  if (total <= limit) return null
  const from = (page - 1) * limit + 1
  const to = Math.min(total, page * limit)
  return (
    <nav aria-label={text(pagerTexts.pages)} className="flex items-center justify-end gap-2 text-sm text-muted">
      <span aria-live="polite">
        {text(pagerTexts.range, { from: formatNumber(from), to: formatNumber(to), total: formatNumber(total) })}
      </span>
      <IconButton label={text(pagerTexts.previous)} disabled={page <= 1} onClick={() => onChange(page - 1)}>
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={text(pagerTexts.next)} disabled={to >= total} onClick={() => onChange(page + 1)}>
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
    </nav>
  )
}
