import { type ReactNode, type SubmitEvent, useState } from 'react'
import { errorText } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Field, Input, type InputProps } from '../ui/field.tsx'
import { formValue } from '../ui/form-value.ts'
import { Problem } from './problem.tsx'

export interface OneFieldFormProps extends Omit<InputProps, 'onSubmit'> {
  readonly label: string
  readonly hint?: string
  readonly submitLabel: string
  /** Throws when it did not work: the form shows why and keeps what was typed. */
  readonly onSubmit: (value: string) => Promise<void>
  readonly children?: ReactNode
}

/** One question and a button. */
export function OneFieldForm({ label, hint, submitLabel, onSubmit, children, ...input }: OneFieldFormProps) {
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = formValue(event.currentTarget, 'value')
    setProblem(undefined)
    setBusy(true)
    try {
      await onSubmit(input.type === 'password' ? typed : typed.trim())
    } catch (error) {
      setProblem(errorText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <Field label={label} hint={hint}>
        {(attributes) => <Input {...attributes} {...input} name="value" required autoFocus />}
      </Field>
      <Problem problem={problem} />
      <Button type="submit" variant="primary" isBusy={isBusy} className="h-10">
        {submitLabel}
      </Button>
      {children}
    </form>
  )
}
