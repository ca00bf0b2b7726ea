import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { useQuery } from '@tanstack/react-query'
import { Info, TriangleAlert, X } from 'lucide-react'
import { appInfoQuery } from '../api/queries.ts'
import { createStoredStore, useStore } from '../api/store.ts'
import { useText } from '../i18n/language.ts'
import { classes } from '../ui/classes.ts'
import { IconButton } from '../ui/icon-button.tsx'

/** The text that the reader has put away; another one is shown again. */
const putAway = createStoredStore('parley.banner-put-away', (stored) => (typeof stored === 'string' ? stored : ''))

const lookAgainMs = 300_000

/** What the operator has to say to everybody. */
export function Banner() {
  const text = useText()
  const { data } = useQuery({ ...appInfoQuery, refetchInterval: lookAgainMs })
  const seen = useStore(putAway)
  const banner = data?.banner ?? null
  if (banner === null || banner.text === seen) return null
  const isWarning = banner.tone === 'warning'
  const Icon = isWarning ? TriangleAlert : Info
  return (
    <div
      role="status"
      className={classes(
        'flex shrink-0 items-center gap-2 py-1 pr-2 pl-4 text-sm',
        isWarning ? 'bg-warning-soft text-warning' : 'bg-info-soft text-info',
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1 break-words whitespace-pre-line">{banner.text}</p>
      <IconButton size="small" label={text(shellTexts.putBannerAway)} onClick={() => putAway.set(banner.text)}>
        <X aria-hidden className="size-4" />
      </IconButton>
    </div>
  )
}
