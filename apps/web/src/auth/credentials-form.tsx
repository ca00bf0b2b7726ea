import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Eye, EyeOff } from 'lucide-react'
import { type ReactNode, type SubmitEvent, useId, useRef, useState } from 'react'
import { errorText } from '../api/client.ts'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { Field, type FieldAttributes, Input } from '../ui/field.tsx'
import { formValue } from '../ui/form-value.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Problem } from './problem.tsx'

export interface Credentials {
  readonly email: string
  readonly password: string
  readonly nickname?: string
}

export interface CredentialsFormProps {
  readonly submitLabel: string
  /** Throws when it did not work: the form shows why and keeps what was typed. */
  readonly onSubmit: (credentials: Credentials) => Promise<void>
  readonly isNew?: boolean
  readonly minimumLength?: number
  readonly initial?: { readonly email: string; readonly password: string } | undefined
  readonly children?: ReactNode
}

export function CredentialsForm({
  submitLabel,
  onSubmit,
  isNew = false,
  minimumLength = 8,
  initial,
  children,
}: CredentialsFormProps) {
  const text = useText()
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const problemId = useId()
  const form = useRef<HTMLFormElement>(null)

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const credentials = readCredentials(event.currentTarget)
    setProblem(undefined)
    setBusy(true)
    try {
      await onSubmit(credentials)
    } catch (error) {
      setProblem(errorText(error))
      form.current?.querySelector<HTMLInputElement>('[name=password]')?.focus()
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      ref={form}
      onSubmit={(event) => void submit(event)}
      aria-describedby={problemId}
      className="flex flex-col gap-4"
    >
      {isNew && (
        <Field label={<OptionalLabel label={text(authTexts.nickname)} />}>
          {(attributes) => <Input {...attributes} name="nickname" autoComplete="nickname" maxLength={64} />}
        </Field>
      )}
      <Field label={text(commonTexts.email)}>
        {(attributes) => (
          <Input
            {...attributes}
            name="email"
            type="email"
            autoComplete="username"
            required
            autoFocus
            maxLength={254}
            defaultValue={initial?.email}
          />
        )}
      </Field>
      <Field
        label={text(commonTexts.password)}
        hint={isNew ? text(authTexts.passwordHint, { count: minimumLength }) : undefined}
      >
        {(attributes) => (
          <PasswordInput
            attributes={attributes}
            isNew={isNew}
            minimumLength={minimumLength}
            initial={initial?.password}
          />
        )}
      </Field>
      <Problem id={problemId} problem={problem} />
      <Button type="submit" variant="primary" isBusy={isBusy} className="h-10">
        {submitLabel}
      </Button>
      {children}
    </form>
  )
}

function readCredentials(form: HTMLFormElement): Credentials {
  const nickname = formValue(form, 'nickname').trim()
  return {
    email: formValue(form, 'email').trim(),
    password: formValue(form, 'password'),
    ...(nickname === '' ? {} : { nickname }),
  }
}

function OptionalLabel({ label }: { readonly label: string }) {
  const text = useText()
  return (
    <>
      {label} <span className="font-normal text-muted">({text(authTexts.optional)})</span>
    </>
  )
}

interface PasswordInputProps {
  readonly attributes: FieldAttributes
  readonly isNew: boolean
  readonly minimumLength: number
  readonly initial: string | undefined
}

function PasswordInput({ attributes, isNew, minimumLength, initial }: PasswordInputProps) {
  const text = useText()
  const [isShown, setShown] = useState(false)
  const Icon = isShown ? EyeOff : Eye
  return (
    <div className="relative">
      <Input
        {...attributes}
        name="password"
        type={isShown ? 'text' : 'password'}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        required
        minLength={isNew ? minimumLength : 1}
        maxLength={1024}
        defaultValue={initial}
        className="pr-10"
      />
      <IconButton
        size="small"
        label={text(isShown ? authTexts.hidePassword : authTexts.showPassword)}
        className="absolute top-1/2 right-1 -translate-y-1/2"
        onClick={() => setShown(!isShown)}
      >
        <Icon aria-hidden className="size-4" />
      </IconButton>
    </div>
  )
}
