import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { KeyRound, X } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { formatAgo } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { useAction } from '../queries.ts'
import { PasswordLinkDialog } from './password-link.tsx'

interface Notice {
  readonly id: string
  readonly kind: string
  readonly user_id: string
  readonly email: string | null
  readonly last_at: string
}

const noticesQuery = queryOptions({
  queryKey: ['console', 'notices'],
  queryFn: ({ signal }) => call<Notice[]>('GET', '/admin/notices', { signal }),
  refetchInterval: 30_000,
})

/** Who has forgotten a password and got no mail: waits for a link from an administrator. */
export function PasswordNotices() {
  const text = useText()
  const [helped, setHelped] = useState<Notice>()
  const { data = [] } = useQuery(noticesQuery)
  const dismiss = useAction({ run: (id: string) => call('DELETE', `/admin/notices/${id}`), changes: ['notices'] })
  const shown = data.filter(({ kind }) => kind === 'password_reset')
  return (
    <>
      {shown.map((notice) => (
        <div
          key={notice.id}
          role="status"
          className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl bg-info-soft py-2 pr-2 pl-4 text-info"
        >
          <KeyRound aria-hidden className="size-4.5 shrink-0" />
          <span className="min-w-40 flex-1">
            {text(peopleTexts.forgotNotice, { email: notice.email ?? '–', ago: formatAgo(notice.last_at) })}
          </span>
          <Button size="small" onClick={() => setHelped(notice)}>
            {text(peopleTexts.makeLink)}
          </Button>
          <IconButton size="small" label={text(peopleTexts.dismiss)} onClick={() => dismiss.mutate(notice.id)}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
      ))}
      {helped !== undefined && (
        <PasswordLinkDialog person={{ id: helped.user_id, email: helped.email }} onClose={() => setHelped(undefined)} />
      )}
    </>
  )
}
