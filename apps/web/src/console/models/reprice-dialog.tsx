import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { modelTexts } from '@parley/contract/page-texts/console-models.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { call } from '../../api/client.ts'
import { formatCost, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Form, TextField, useDraft, useFormId } from '../form.tsx'
import { useAction } from '../queries.ts'

interface Repriced {
  readonly calls: number
  readonly changed: number
  readonly cost_before_usd: string
  readonly cost_after_usd: string
}

const dayMs = 86_400_000

/** The day in UTC, as a date input has it. */
function dayBefore(days: number): string {
  return new Date(Date.now() - days * dayMs).toISOString().slice(0, 10)
}

/** Corrects the cost of past calls, for when a price was wrong or missing. */
export function RepriceDialog({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const formId = useFormId()
  const { draft, change } = useDraft({ from: dayBefore(30), to: dayBefore(-1), model: '' })
  const { from, to, model } = draft
  const reprice = useAction({
    run: () =>
      call<Repriced>('POST', '/admin/usage/reprice', {
        body: { from, to, ...(model.trim() !== '' && { model: model.trim() }) },
      }),
    changes: ['usage', 'records', 'dashboard'],
    onError: () => undefined,
  })
  const done = reprice.data
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(modelTexts.reprice)}
      description={text(modelTexts.repriceHint)}
      actions={
        <>
          <Button onClick={onClose}>{text(commonTexts.close)}</Button>
          <Button type="submit" form={formId} variant="primary" isBusy={reprice.isPending}>
            {text(modelTexts.repriceDo)}
          </Button>
        </>
      }
    >
      <Form id={formId} onSubmit={() => reprice.mutate()} error={reprice.error}>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            name="from"
            label={text(modelTexts.repriceFrom)}
            type="date"
            autoFocus
            value={from}
            onType={(day) => change({ from: day })}
          />
          <TextField
            name="to"
            label={text(modelTexts.repriceTo)}
            type="date"
            value={to}
            onType={(day) => change({ to: day })}
          />
        </div>
        <TextField
          name="model"
          label={text(modelTexts.repriceModel)}
          placeholder={text(consoleTexts.all)}
          value={model}
          onType={(typed) => change({ model: typed })}
        />
        {done !== undefined && (
          <p role="status" className="rounded-lg bg-success-soft px-3 py-2 text-sm text-success">
            {text(modelTexts.repriced, {
              calls: formatNumber(done.calls),
              changed: formatNumber(done.changed),
              before: formatCost(Number(done.cost_before_usd)),
              after: formatCost(Number(done.cost_after_usd)),
            })}
          </p>
        )}
      </Form>
    </Dialog>
  )
}
