import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import { call } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import type { SignInSession } from '../api/types.ts'
import { formatAgo } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { showError } from '../ui/toast.tsx'
import { deviceName } from './device-name.ts'

const sessionsQuery = queryOptions({
  queryKey: ['sign-in-sessions'],
  queryFn: ({ signal }) => call<SignInSession[]>('GET', '/api/auth/sessions', { signal }),
})

export function SessionsSection() {
  const text = useText()
  const { data: sessions, error, refetch } = useQuery(sessionsQuery)
  const end = useMutation({
    mutationFn: (id: string | undefined) => call('DELETE', `/api/auth/sessions${id === undefined ? '' : `/${id}`}`),
    onSuccess: () => queryClient.invalidateQueries(sessionsQuery),
    onError: showError,
  })
  if (error !== null && sessions === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (sessions === undefined) return <Skeleton className="mt-4 h-40" />
  return (
    <>
      <ul>
        {sessions.map((known) => (
          <li key={known.id} className="flex items-center gap-3 border-b py-3">
            <MonitorSmartphone aria-hidden className="size-5 text-muted" />
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {deviceName(known.user_agent) ?? text(settingsTexts.unknownDevice)}
                {known.is_current && <Badge tone="success">{text(settingsTexts.thisDevice)}</Badge>}
              </p>
              <p className="text-sm text-muted">
                {text(settingsTexts.lastUsed, { time: formatAgo(known.last_used_at) })}
                {known.ip !== null && ` · ${known.ip}`}
              </p>
            </div>
            {!known.is_current && (
              <Button size="small" disabled={end.isPending} onClick={() => end.mutate(known.id)}>
                {text(settingsTexts.endSession)}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button variant="danger" className="mt-4" isBusy={end.isPending} onClick={() => end.mutate(undefined)}>
          {text(settingsTexts.endOthers)}
        </Button>
      )}
    </>
  )
}
