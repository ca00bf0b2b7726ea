import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { invitationTexts, peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { formatDateTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import type { Person } from '../api-types.ts'
import { tryNumber } from '../form-text.ts'
import { TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { useAction } from '../queries.ts'
import { LinkField, type OneTimeLink } from './link-field.tsx'
import { RoleField } from './person-dialogs.tsx'

interface Invitation {
  readonly id: string
  /** Null: for whoever has the link. */
  readonly email: string | null
  readonly role: Person['role']
  readonly expires_at: string
  readonly used_at: string | null
}

const invitationsQuery = queryOptions({
  queryKey: ['console', 'invitations'],
  queryFn: ({ signal }) => call<Invitation[]>('GET', '/admin/invitations', { signal }),
})

/** Those that somebody may still come with. */
export function OpenInvitations() {
  const text = useText()
  const { data = [] } = useQuery(invitationsQuery)
  const revoke = useAction({
    run: (id: string) => call('DELETE', `/admin/invitations/${id}`),
    changes: ['invitations', 'audit'],
    done: text(invitationTexts.revoked),
  })
  const open = data.filter(({ used_at: used, expires_at: until }) => used === null && Date.parse(until) > Date.now())
  if (open.length === 0) return null
  return (
    <section className="rounded-xl border">
      <h2 className="border-b px-4 py-2 text-sm font-medium text-muted">{text(invitationTexts.open)}</h2>
      <ul>
        {open.map(({ id, email, role, expires_at: until }) => {
          const who = email ?? text(invitationTexts.anybody)
          return (
            <li key={id} className="flex items-center gap-3 border-b px-4 py-2 last:border-b-0">
              <div className="min-w-0 flex-1">
                <p className="break-words">{who}</p>
                <p className="text-sm text-muted">
                  {text(role === 'admin' ? commonTexts.administrator : commonTexts.user)}
                  {' · '}
                  {text(peopleTexts.linkUntil, { time: formatDateTime(until) })}
                </p>
              </div>
              <Button
                size="small"
                aria-label={`${text(invitationTexts.revoke)}: ${who}`}
                isBusy={revoke.isPending && revoke.variables === id}
                onClick={() => revoke.mutate(id)}
              >
                {text(invitationTexts.revoke)}
              </Button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** Makes a link with which somebody may register, to be handed over; shown once. */
export function InvitationDialog({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const { draft, change } = useDraft({ email: '', role: 'user' as Person['role'], days: '7' })
  const [link, setLink] = useState<OneTimeLink>()
  if (link !== undefined) {
    return (
      <ShownOnce
        onClose={onClose}
        title={text(invitationTexts.title)}
        description={text(invitationTexts.handOver)}
        doneLabel={text(commonTexts.done)}
        width="narrow"
      >
        <LinkField {...link} />
      </ShownOnce>
    )
  }
  const run = () => {
    const email = draft.email.trim()
    return call<OneTimeLink>('POST', '/admin/invitations', {
      body: {
        email: email === '' ? null : email,
        role: draft.role,
        expires_in_days: tryNumber(draft.days) ?? draft.days,
      },
    })
  }
  return (
    <FormDialog
      title={text(invitationTexts.title)}
      description={text(invitationTexts.hint)}
      onClose={onClose}
      changes={['invitations', 'audit']}
      submitLabel={text(peopleTexts.makeLink)}
      run={run}
      onDone={setLink}
    >
      <TextField
        name="email"
        label={text(commonTexts.email)}
        hint={text(invitationTexts.emailHint)}
        type="email"
        autoFocus
        value={draft.email}
        onType={(email) => change({ email })}
      />
      <RoleField role={draft.role} onChange={(role) => change({ role })} />
      <TextField
        name="expires_in_days"
        label={text(invitationTexts.days)}
        inputMode="numeric"
        value={draft.days}
        onType={(days) => change({ days })}
      />
    </FormDialog>
  )
}
