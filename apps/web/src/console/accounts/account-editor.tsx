import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import type { Account } from '../api-types.ts'
import { useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { accountPath } from './account-actions.ts'
import { changeBody, draftOf } from './account-draft.ts'
import { ConnectionFields } from './connection-fields.tsx'
import { UseFields } from './use-fields.tsx'

export function AccountEditor({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const text = useText()
  // As it was when the form was opened: the list may load anew meanwhile.
  const [before] = useState(() => draftOf(account))
  const { draft, change } = useDraft(before)
  return (
    <FormDialog
      title={text(accountTexts.editTitle, { name: account.name })}
      onClose={onClose}
      changes={['accounts']}
      run={async () => await call<Account>('PATCH', accountPath(account.id), { body: changeBody(draft, before) })}
    >
      <ConnectionFields draft={draft} change={change} account={account} />
      <UseFields draft={draft} change={change} />
    </FormDialog>
  )
}
