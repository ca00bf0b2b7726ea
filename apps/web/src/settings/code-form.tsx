import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { OneFieldForm } from '../auth/one-field-form.tsx'
import { useText } from '../i18n/language.ts'

export interface CodeFormProps {
  readonly submitLabel: string
  readonly onSubmit: (code: string) => Promise<void>
}

/** What the authenticator shows now. */
export function CodeForm({ submitLabel, onSubmit }: CodeFormProps) {
  const text = useText()
  return (
    <OneFieldForm
      label={text(authTexts.code)}
      hint={text(authTexts.codeLead)}
      autoComplete="one-time-code"
      spellCheck={false}
      maxLength={32}
      className="font-mono tracking-widest"
      submitLabel={submitLabel}
      onSubmit={onSubmit}
    />
  )
}
