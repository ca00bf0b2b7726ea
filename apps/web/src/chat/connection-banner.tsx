import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { useStore } from '../api/store.ts'
import { useText } from '../i18n/language.ts'
import { Spinner } from '../ui/spinner.tsx'
import { isConnected } from './data/feed.ts'

export function ConnectionBanner() {
  const text = useText()
  if (useStore(isConnected)) return null
  return (
    <div
      role="status"
      className="flex shrink-0 items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-sm text-warning"
    >
      <Spinner />
      {text(shellTexts.offlineNow)}
    </div>
  )
}
