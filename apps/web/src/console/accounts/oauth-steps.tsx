import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { useMutation } from '@tanstack/react-query'
import { CircleCheck, ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button, buttonClasses } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Field, Textarea } from '../../ui/field.tsx'
import type { StartedAuthorization } from '../api-types.ts'
import { FormError } from '../form.tsx'
import type { DraftFieldsProps } from './account-draft.ts'

/** Get the address, open it and allow, paste the code back. The tokens stay on the server. */
export function OAuthSteps({ draft, change }: DraftFieldsProps) {
  const text = useText()
  const [code, setCode] = useState('')
  const start = useMutation({
    mutationFn: () =>
      call<StartedAuthorization>('POST', '/admin/accounts/generate-auth-url', {
        body: { kind: draft.kind, proxy: draft.proxy.trim() === '' ? null : draft.proxy.trim() },
      }),
  })
  const exchange = useMutation({
    mutationFn: (authorizationId: string) =>
      call<{ authorization_id: string }>('POST', '/admin/accounts/exchange-code', {
        body: { authorization_id: authorizationId, code: code.trim() },
      }),
    onSuccess: (granted) => change({ authorizationId: granted.authorization_id }),
  })
  if (draft.authorizationId !== undefined) {
    return (
      <p role="status" className="flex items-center gap-2 rounded-lg bg-success-soft px-3 py-2 text-sm text-success">
        <CircleCheck aria-hidden className="size-4 shrink-0" />
        {text(accountTexts.oauthDone)}
      </p>
    )
  }
  const started = start.data
  return (
    <ol className="flex flex-col gap-4 rounded-xl border bg-sunken p-4">
      <li className="flex flex-col items-start gap-2">
        <span className="text-sm font-medium">{text(accountTexts.oauthStart)}</span>
        <Button size="small" isBusy={start.isPending} onClick={() => start.mutate()}>
          {text(accountTexts.oauthStartAction)}
        </Button>
        <FormError error={start.error} />
      </li>
      {started !== undefined && (
        <>
          <li className="flex flex-col items-start gap-2">
            <span className="text-sm font-medium">{text(accountTexts.oauthOpen)}</span>
            <div className="flex w-full min-w-0 items-center gap-2">
              <a
                href={started.auth_url}
                target="_blank"
                rel="noopener noreferrer"
                className={buttonClasses('secondary', 'small')}
              >
                <ExternalLink aria-hidden className="size-4" />
                {text(accountTexts.oauthOpenAction)}
              </a>
              <CopyButton value={started.auth_url} size="small" />
            </div>
          </li>
          <li className="flex flex-col items-start gap-2">
            <Field label={text(accountTexts.oauthPaste)} hint={text(accountTexts.oauthPasteHint)} className="w-full">
              {(attributes) => (
                <Textarea {...attributes} rows={2} value={code} onChange={(event) => setCode(event.target.value)} />
              )}
            </Field>
            <Button
              size="small"
              disabled={code.trim() === ''}
              isBusy={exchange.isPending}
              onClick={() => exchange.mutate(started.authorization_id)}
            >
              {text(accountTexts.oauthExchange)}
            </Button>
            <FormError error={exchange.error} />
          </li>
        </>
      )}
    </ol>
  )
}
