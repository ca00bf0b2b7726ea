import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { CircleCheck, CircleX } from 'lucide-react'
import { useEffect, useState } from 'react'
import { formatDuration, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { reasonText } from '../../i18n/reason-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import type { Account, AccountTest } from '../api-types.ts'
import { Form, FormError, TextField, useFormId } from '../form.tsx'
import { useAction } from '../queries.ts'
import { testAccount } from './account-actions.ts'

export function useAccountTest(id: string) {
  return useAction({
    run: (model: string) => testAccount(id, model),
    changes: ['accounts'],
    onError: () => undefined,
  })
}

export function AccountTestDialog({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const text = useText()
  const formId = useFormId()
  const [model, setModel] = useState('')
  const test = useAccountTest(account.id)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${text(accountTexts.test)}: ${account.name}`}
      actions={
        <>
          <Button onClick={onClose}>{text(commonTexts.close)}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            autoFocus={account.kind === 'simulator'}
            isBusy={test.isPending}
          >
            {text(accountTexts.test)}
          </Button>
        </>
      }
    >
      <Form id={formId} onSubmit={() => test.mutate(model.trim())}>
        {account.kind !== 'simulator' && (
          <TextField
            label={text(accountTexts.testModel)}
            hint={text(accountTexts.testModelHint)}
            autoFocus
            value={model}
            onType={setModel}
          />
        )}
        <TestOutcome isPending={test.isPending} outcome={test.data} error={test.error} proxy={account.proxy ?? ''} />
      </Form>
    </Dialog>
  )
}

/** Tests at once, and shows what came of it: the last step of making an account. */
export function AccountFirstTest({ id, proxy }: { readonly id: string; readonly proxy: string }) {
  const text = useText()
  const { mutate, isPending, data, error } = useAccountTest(id)
  useEffect(() => mutate(''), [mutate])
  return (
    <>
      <TestOutcome isPending={isPending} outcome={data} error={error} proxy={proxy} />
      {data?.ok === false && <p className="text-sm text-muted">{text(accountTexts.testFailedHint)}</p>}
    </>
  )
}

interface TestOutcomeProps {
  readonly isPending: boolean
  readonly outcome: AccountTest | undefined
  readonly error: unknown
  /** That the call goes through; empty: none. */
  readonly proxy: string
}

export function TestOutcome({ isPending, outcome, error, proxy }: TestOutcomeProps) {
  const text = useText()
  if (isPending) {
    return (
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner />
        {text(accountTexts.testRunning)}
      </p>
    )
  }
  if (outcome === undefined) return <FormError error={error} />
  return (
    <div role="status" className="flex flex-col gap-3">
      <div
        className={`flex items-start gap-3 rounded-xl p-3 ${outcome.ok ? 'bg-success-soft text-success' : 'bg-danger-soft text-danger'}`}
      >
        {outcome.ok ? (
          <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0" />
        ) : (
          <CircleX aria-hidden className="mt-0.5 size-5 shrink-0" />
        )}
        <div className="min-w-0">
          <p className="font-medium">{text(outcome.ok ? accountTexts.testOk : accountTexts.testFailed)}</p>
          <p className="text-sm break-words">
            <OutcomeDetail outcome={outcome} />
          </p>
          {outcome.status === null && !outcome.ok && proxy !== '' && (
            <p className="text-sm break-words">{text(accountTexts.testByProxy, { proxy: withoutPassword(proxy) })}</p>
          )}
        </div>
      </div>
      {outcome.models !== null && outcome.models.length > 0 && (
        <details className="rounded-xl border px-3">
          <summary className="flex h-10 items-center text-sm text-muted">
            {text(accountTexts.testListed, { count: formatNumber(outcome.models.length) })}
          </summary>
          <ul className="max-h-48 overflow-y-auto pb-3 font-mono text-sm">
            {outcome.models.map((model) => (
              <li key={model}>{model}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function OutcomeDetail({ outcome }: { readonly outcome: AccountTest }) {
  const text = useText()
  if (outcome.ok) {
    return outcome.model === null
      ? text(accountTexts.testOkSimulator)
      : text(accountTexts.testOkDetail, { model: outcome.model, duration: formatDuration(outcome.latency_ms) })
  }
  const status =
    outcome.status === null
      ? text(accountTexts.testNoAnswer)
      : text(accountTexts.testStatus, { status: String(outcome.status) })
  return [status, outcome.error && reasonText(outcome.error)].filter(Boolean).join(' · ')
}

/** As it was typed it may have one. */
function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^@/]*@/, '//')
}
