import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { explainTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classes } from '../../ui/classes.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import type { Explanation } from '../api-types.ts'
import { Form, TextField, useFormId } from '../form.tsx'
import { KeyChooser } from '../keys/key-chooser.tsx'
import { catalogQuery } from '../queries.ts'
import { reasonText } from '../../i18n/reason-text.ts'

/** Asks the planner where a call would go, and shows its reasons. */
export function ExplainDialog({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const formId = useFormId()
  const [model, setModel] = useState('')
  const [keyId, setKeyId] = useState('')
  const { data: models = [] } = useQuery(catalogQuery)
  const ask = useMutation({
    mutationFn: () =>
      call<Explanation>('POST', '/admin/explain', {
        body: { model: model.trim(), ...(keyId !== '' && { key_id: keyId }) },
      }),
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(explainTexts.title)}
      description={text(explainTexts.lead)}
      actions={
        <>
          <Button onClick={onClose}>{text(commonTexts.close)}</Button>
          <Button type="submit" form={formId} variant="primary" isBusy={ask.isPending}>
            {text(explainTexts.ask)}
          </Button>
        </>
      }
    >
      <Form id={formId} onSubmit={() => ask.mutate()} error={ask.error}>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            name="model"
            label={text(commonTexts.model)}
            autoFocus
            list={`${formId}-models`}
            value={model}
            onType={setModel}
          />
          <datalist id={`${formId}-models`}>
            {models.map(({ id }) => (
              <option key={id} value={id} />
            ))}
          </datalist>
          <Field label={text(explainTexts.withKey)}>
            {(attributes) => (
              <KeyChooser {...attributes} value={keyId} none={text(explainTexts.noKey)} onChange={setKeyId} />
            )}
          </Field>
        </div>
        {ask.data !== undefined && <Answer explanation={ask.data} />}
      </Form>
    </Dialog>
  )
}

function Answer({ explanation }: { readonly explanation: Explanation }) {
  const text = useText()
  const { would_go_to: first, refusal, order, accounts } = explanation
  const nameOf = (id: string) => accounts.find((account) => account.account_id === id)?.name ?? id
  const placeOf = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length)
  const verdict =
    first !== null
      ? text(explainTexts.wouldGo, { account: nameOf(first) })
      : refusal === null
        ? text(explainTexts.nobody)
        : `${text(explainTexts.refused)}: ${refusal.message}`
  return (
    <div role="status" className="flex flex-col gap-3">
      <p
        className={classes(
          'rounded-xl px-3 py-2.5 font-medium',
          first === null ? 'bg-danger-soft text-danger' : 'bg-success-soft text-success',
        )}
      >
        {verdict}
      </p>
      <ul className="flex flex-col divide-y rounded-xl border">
        {accounts
          .toSorted((one, other) => placeOf(one.account_id) - placeOf(other.account_id))
          .map((account) => (
            <li key={account.account_id} className="flex items-center gap-3 px-3 py-2 text-sm">
              <span className="min-w-0 flex-1">
                <span className={classes('block truncate font-medium', account.out !== null && 'text-muted')}>
                  {account.name}
                </span>
                <span className="block text-xs break-words text-muted">
                  {account.out === null ? account.upstream_model : reasonText(account.out)}
                </span>
              </span>
              {order.includes(account.account_id) && (
                <Badge tone="accent">{text(explainTexts.ready, { place: placeOf(account.account_id) + 1 })}</Badge>
              )}
            </li>
          ))}
      </ul>
    </div>
  )
}
