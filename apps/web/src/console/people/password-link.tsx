import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { call } from '../../api/client.ts'
import { formatDateTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/field.tsx'
import type { Person } from '../api-types.ts'
import { useAction } from '../queries.ts'

export interface PasswordLinkDialogProps {
  readonly person: Pick<Person, 'id'> & { readonly email: string | null }
  readonly onClose: () => void
}

/** A link under which somebody chooses a new password, to be handed over; shown once. */
export function PasswordLinkDialog({ person, onClose }: PasswordLinkDialogProps) {
  const text = useText()
  const make = useAction({
    run: () => call<{ url: string; expires_at: string }>('POST', `/admin/users/${person.id}/password-reset`),
    changes: ['notices', 'audit'],
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(peopleTexts.passwordLink)}
      description={text(peopleTexts.passwordLinkHint, { email: person.email ?? '' })}
      width="narrow"
      actions={
        make.data === undefined ? (
          <>
            <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
            <Button variant="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
              {text(peopleTexts.makeLink)}
            </Button>
          </>
        ) : (
          <Button variant="primary" onClick={onClose}>
            {text(commonTexts.done)}
          </Button>
        )
      }
    >
      {make.data !== undefined && (
        <Field
          label={text(peopleTexts.link)}
          hint={text(peopleTexts.linkUntil, { time: formatDateTime(make.data.expires_at) })}
        >
          {(attributes) => (
            <div className="flex gap-2">
              <Input {...attributes} readOnly value={make.data?.url} onFocus={(event) => event.target.select()} />
              <CopyButton value={make.data?.url ?? ''} variant="secondary" />
            </div>
          )}
        </Field>
      )}
    </Dialog>
  )
}
