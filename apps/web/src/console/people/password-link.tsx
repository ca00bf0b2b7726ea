import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import type { Person } from '../api-types.ts'
import { useAction } from '../queries.ts'
import { LinkField, type OneTimeLink } from './link-field.tsx'

export interface PasswordLinkDialogProps {
  readonly person: Pick<Person, 'id'> & { readonly email: string | null }
  readonly onClose: () => void
}

/** A link under which somebody chooses a new password, to be handed over; shown once. */
export function PasswordLinkDialog({ person, onClose }: PasswordLinkDialogProps) {
  const text = useText()
  const make = useAction({
    run: () => call<OneTimeLink>('POST', `/admin/users/${person.id}/password-reset`),
    changes: ['notices', 'audit'],
  })
  const dialog = {
    onClose,
    title: text(peopleTexts.passwordLink),
    description: text(peopleTexts.passwordLinkHint, { email: person.email ?? '' }),
    width: 'narrow',
  } as const
  if (make.data !== undefined) {
    return (
      <ShownOnce {...dialog} doneLabel={text(commonTexts.done)}>
        <LinkField {...make.data} />
      </ShownOnce>
    )
  }
  return (
    <Dialog
      {...dialog}
      isOpen
      actions={
        <>
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button variant="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
            {text(peopleTexts.makeLink)}
          </Button>
        </>
      }
    />
  )
}
