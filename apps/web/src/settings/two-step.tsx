import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { call } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import { formatNumber } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { showToast } from '../ui/toast.tsx'
import { CodeForm } from './code-form.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { Setting } from './setting.tsx'

const SetUp = lazy(async () => ({ default: (await import('./two-step-set-up.tsx')).TwoStepSetUp }))

interface TwoStepState {
  readonly is_enabled: boolean
  readonly recovery_codes_left: number
}

const twoStepQuery = queryOptions({
  queryKey: ['two-step'],
  queryFn: ({ signal }) => call<TwoStepState>('GET', '/api/auth/mfa', { signal }),
})

type Asked = 'set-up' | 'disable' | 'codes'

/** Signing in with a second step: on or off, and the codes for when the telephone is lost. */
export function TwoStep({ hasPassword }: { readonly hasPassword: boolean }) {
  const text = useText()
  const [asked, setAsked] = useState<Asked>()
  const { data } = useQuery(twoStepQuery)
  if (data === undefined) return null
  const close = () => {
    setAsked(undefined)
    void queryClient.invalidateQueries(twoStepQuery)
  }
  const hint = data.is_enabled
    ? text(settingsTexts.codesLeft, { count: formatNumber(data.recovery_codes_left) })
    : text(settingsTexts.twoStepHint)
  return (
    <>
      <Setting title={text(authTexts.codeTitle)} hint={hint} scope="account">
        <div className="flex flex-wrap items-center justify-end gap-2">
          {data.is_enabled ? (
            <>
              <Badge tone="success">{text(settingsTexts.twoStepOn)}</Badge>
              <Button onClick={() => setAsked('codes')}>{text(settingsTexts.newCodes)}</Button>
              <Button variant="danger" onClick={() => setAsked('disable')}>
                {text(settingsTexts.twoStepOff)}
              </Button>
            </>
          ) : (
            <Button onClick={() => setAsked('set-up')}>{text(settingsTexts.twoStepSetUp)}</Button>
          )}
        </div>
      </Setting>
      {asked === 'set-up' && (
        <Suspense>
          <SetUp hasPassword={hasPassword} onClose={close} />
        </Suspense>
      )}
      {asked === 'disable' && <Disable onClose={close} />}
      {asked === 'codes' && <NewCodes onClose={close} />}
    </>
  )
}

function Disable({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  return (
    <Dialog isOpen onClose={onClose} title={text(settingsTexts.twoStepOff)} width="narrow">
      <div className="pb-4">
        <CodeForm
          submitLabel={text(settingsTexts.twoStepOff)}
          onSubmit={async (code) => {
            await call('POST', '/api/auth/mfa/disable', { body: { code } })
            showToast(text(commonTexts.saved), { tone: 'success' })
            onClose()
          }}
        />
      </div>
    </Dialog>
  )
}

function NewCodes({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const [codes, setCodes] = useState<readonly string[]>()
  if (codes !== undefined) return <RecoveryCodes codes={codes} onClose={onClose} />
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(settingsTexts.newCodes)}
      description={text(settingsTexts.newCodesHint)}
      width="narrow"
    >
      <div className="pb-4">
        <CodeForm
          submitLabel={text(settingsTexts.newCodes)}
          onSubmit={async (code) => {
            const answer = await call<{ recovery_codes: string[] }>('POST', '/api/auth/mfa/recovery-codes', {
              body: { code },
            })
            setCodes(answer.recovery_codes)
          }}
        />
      </div>
    </Dialog>
  )
}
