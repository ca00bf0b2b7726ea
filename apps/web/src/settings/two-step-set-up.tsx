import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { encode } from 'uqr'
import { call, errorText } from '../api/client.ts'
import { OneFieldForm } from '../auth/one-field-form.tsx'
import { useText } from '../i18n/language.ts'
import { CopyButton } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { CodeForm } from './code-form.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'

interface Secret {
  readonly secret: string
  /** For the QR code. */
  readonly uri: string
}

export interface TwoStepSetUpProps {
  readonly hasPassword: boolean
  readonly onClose: () => void
}

/** The password, then the secret for the authenticator and its first code, then the recovery codes. */
export function TwoStepSetUp({ hasPassword, onClose }: TwoStepSetUpProps) {
  const text = useText()
  const [secret, setSecret] = useState<Secret>()
  const [codes, setCodes] = useState<readonly string[]>()
  const begin = async (password?: string) =>
    setSecret(await call<Secret>('POST', '/api/auth/mfa/setup', { body: password === undefined ? {} : { password } }))
  const begun = useMutation({ mutationFn: () => begin() })
  const { mutate } = begun
  useEffect(() => {
    if (!hasPassword) mutate()
  }, [hasPassword, mutate])
  if (codes !== undefined) return <RecoveryCodes codes={codes} onClose={onClose} />
  return (
    <Dialog isOpen onClose={onClose} title={text(settingsTexts.twoStepSetUp)} width="narrow">
      <div className="pb-4">
        {secret !== undefined ? (
          <Confirm secret={secret} onDone={setCodes} />
        ) : hasPassword ? (
          <OneFieldForm
            label={text(settingsTexts.currentPassword)}
            type="password"
            autoComplete="current-password"
            submitLabel={text(settingsTexts.goOn)}
            onSubmit={begin}
          />
        ) : begun.isError ? (
          <p role="alert">{errorText(begun.error)}</p>
        ) : (
          <Skeleton className="h-60" />
        )}
      </div>
    </Dialog>
  )
}

interface ConfirmProps {
  readonly secret: Secret
  readonly onDone: (codes: readonly string[]) => void
}

function Confirm({ secret, onDone }: ConfirmProps) {
  const text = useText()
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">{text(settingsTexts.scanHint)}</p>
      <QrCode label={text(settingsTexts.qrCode)} content={secret.uri} />
      <div>
        <p className="text-sm text-muted">{text(settingsTexts.orType)}</p>
        <div className="mt-1 flex items-center gap-2 rounded-xl border bg-sunken py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 text-sm break-all">{secret.secret}</code>
          <CopyButton value={secret.secret} />
        </div>
      </div>
      <CodeForm
        submitLabel={text(settingsTexts.twoStepSetUp)}
        onSubmit={async (code) => {
          const answer = await call<{ recovery_codes: string[] }>('POST', '/api/auth/mfa/enable', { body: { code } })
          onDone(answer.recovery_codes)
        }}
      />
    </div>
  )
}

/** Dark on light in both themes: that is what cameras read. */
function QrCode({ label, content }: { readonly label: string; readonly content: string }) {
  const { data, size } = encode(content, { border: 2 })
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="mx-auto size-52 rounded-xl border bg-white"
    >
      <path d={path} fill="#111" />
    </svg>
  )
}
