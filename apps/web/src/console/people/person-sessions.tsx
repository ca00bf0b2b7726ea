import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { LogOut, MonitorSmartphone } from 'lucide-react'
import { call } from '../../api/client.ts'
import type { SignInSession } from '../../api/types.ts'
import { formatAgo } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { deviceName } from '../../settings/device-name.ts'
import { Button } from '../../ui/button.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Section } from '../console-page.tsx'
import { useAction } from '../queries.ts'

function sessionsQuery(userId: string) {
  return queryOptions({
    queryKey: ['console', 'people', userId, 'sessions'],
    queryFn: ({ signal }) => call<SignInSession[]>('GET', `/admin/users/${userId}/sessions`, { signal }),
  })
}

/** Where somebody is signed in, and ending that. */
export function PersonSessions({ userId }: { readonly userId: string }) {
  const text = useText()
  const { data } = useQuery(sessionsQuery(userId))
  const signOut = useAction({
    run: () => call('DELETE', `/admin/users/${userId}/sessions`),
    changes: ['people'],
    done: text(peopleTexts.signedOut),
  })
  return (
    <Section
      title={text(peopleTexts.signedInWhere)}
      actions={
        data !== undefined &&
        data.length > 0 && (
          <Button size="small" isBusy={signOut.isPending} onClick={() => signOut.mutate()}>
            <LogOut aria-hidden className="size-4" />
            {text(peopleTexts.signOut)}
          </Button>
        )
      }
    >
      {data === undefined ? (
        <Skeleton className="h-14" />
      ) : data.length === 0 ? (
        <p className="text-muted">{text(peopleTexts.signedInNowhere)}</p>
      ) : (
        <ul className="rounded-xl border bg-surface">
          {data.map((session) => (
            <li key={session.id} className="flex items-center gap-3 border-b px-4 py-2.5 last:border-b-0">
              <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-muted" />
              <div className="min-w-0 text-sm">
                <p className="truncate font-medium">
                  {deviceName(session.user_agent) ?? text(peopleTexts.unknownDevice)}
                </p>
                <p className="text-muted">
                  {text(peopleTexts.deviceUsed, { ago: formatAgo(session.last_used_at) })}
                  {session.ip !== null && ` · ${session.ip}`}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
