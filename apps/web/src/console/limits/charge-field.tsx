import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { tryNumber } from '../form-text.ts'
import { Form, TextField, useFormId } from '../form.tsx'
import { multipliersQuery, useAction } from '../queries.ts'

export interface ChargeFieldProps {
  readonly kind: 'key' | 'user' | 'group'
  readonly id: string
}

/** How many times their cost the calls of a key, user or group are charged. */
export function ChargeField(props: ChargeFieldProps) {
  const { data } = useQuery(multipliersQuery)
  if (data === undefined) return null
  const own = data.find((each) => each.subject_kind === props.kind && each.subject_id === props.id)
  const multiplier = own?.multiplier ?? 1
  return <ChargeForm key={multiplier} {...props} multiplier={multiplier} />
}

function ChargeForm({ kind, id, multiplier }: ChargeFieldProps & { readonly multiplier: number }) {
  const text = useText()
  const formId = useFormId()
  const [typed, setTyped] = useState(String(multiplier))
  const save = useAction({
    run: () =>
      call('PUT', '/admin/multipliers', {
        body: { subject_kind: kind, subject_id: id, multiplier: tryNumber(typed) ?? typed },
      }),
    changes: ['multipliers'],
    done: text(commonTexts.saved),
    onError: () => undefined,
  })
  return (
    <div className="rounded-xl border bg-surface p-4">
      <Form id={formId} onSubmit={() => save.mutate()} error={save.error}>
        <div className="flex flex-wrap items-end gap-3">
          <TextField
            name="multiplier"
            label={text(limitTexts.multiplier)}
            inputMode="decimal"
            fieldClassName="max-w-40"
            value={typed}
            onType={setTyped}
          />
          <Button type="submit" isBusy={save.isPending} disabled={typed === String(multiplier)}>
            {text(commonTexts.save)}
          </Button>
        </div>
        <p className="text-sm text-muted">{text(limitTexts.multiplierHint)}</p>
      </Form>
    </div>
  )
}
