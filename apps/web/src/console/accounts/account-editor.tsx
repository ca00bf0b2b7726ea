import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import type { Account } from '../api-types.ts'
import { Form, FormError, useDraft, useFormId } from '../form.tsx'
import { useAction } from '../queries.ts'
import { accountPath } from './account-actions.ts'
import { changeBody, draftOf } from './account-draft.ts'
import { ConnectionFields } from './connection-fields.tsx'
import { UseFields } from './use-fields.tsx'

export function AccountEditor({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const text = useText()
  const formId = useFormId()
  // As it was when the form was opened: the list may load anew meanwhile.
  const [before] = useState(() => draftOf(account))
  const { draft, change } = useDraft(before)
  const save = useAction({
    run: async () => call<Account>('PATCH', accountPath(account.id), { body: changeBody(draft, before) }),
    changes: ['accounts'],
    done: text(commonTexts.saved),
    onDone: onClose,
    onError: () => undefined,
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(accountTexts.editTitle, { name: account.name })}
      actions={
        <>
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" form={formId} variant="primary" isBusy={save.isPending}>
            {text(commonTexts.save)}
          </Button>
        </>
      }
    >
      <Form id={formId} onSubmit={() => save.mutate()}>
        <ConnectionFields draft={draft} change={change} account={account} />
        <UseFields draft={draft} change={change} />
        <FormError error={save.error} />
      </Form>
    </Dialog>
  )
}
