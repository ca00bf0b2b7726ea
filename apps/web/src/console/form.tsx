import { ChevronRight, CircleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import { ApiError, errorText } from '../api/client.ts'
import { Field, FieldProblemsContext, Input, type InputProps, isWithin, Textarea } from '../ui/field.tsx'
import { fieldProblemsOf } from './field-problems.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useText } from '../i18n/language.ts'

/** A draft, and setting one of its fields. */
export function useDraft<Draft extends object>(initial: Draft) {
  const [draft, setDraft] = useState(initial)
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }))
  return { draft, change }
}

/** The error of a form: what the server said, or what we found ourselves. */
export function formError(error: unknown): string {
  return error instanceof Error && !(error instanceof ApiError) ? error.message : errorText(error)
}

export function FormError({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null
  return (
    <p role="alert" className="flex items-start gap-2 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{formError(error)}</span>
    </p>
  )
}

export interface TextFieldProps extends Omit<InputProps, 'value' | 'onChange'> {
  readonly label: string
  readonly hint?: ReactNode
  readonly value: string
  readonly onType: (value: string) => void
  readonly fieldClassName?: string
}

/** The most usual field: one line of text. */
export function TextField({ label, name, hint, value, onType, fieldClassName, ...rest }: TextFieldProps) {
  return (
    <Field
      label={label}
      name={name}
      {...(hint === undefined ? {} : { hint })}
      {...(fieldClassName === undefined ? {} : { className: fieldClassName })}
    >
      {(attributes) => (
        <Input
          autoComplete="off"
          spellCheck={false}
          {...rest}
          {...attributes}
          value={value}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  )
}

export interface LinesFieldProps {
  readonly label: string
  readonly name?: string
  readonly hint?: ReactNode
  readonly value: string
  readonly onType: (value: string) => void
  readonly rows?: number
  /** For what machines read. */
  readonly isCode?: boolean
}

/** Several lines of text. */
export function LinesField({ label, name, hint, value, onType, rows = 2, isCode = false }: LinesFieldProps) {
  return (
    <Field label={label} name={name} {...(hint === undefined ? {} : { hint })}>
      {(attributes) => (
        <Textarea
          {...attributes}
          rows={rows}
          spellCheck={!isCode}
          {...(isCode ? { className: 'font-mono text-sm' } : {})}
          value={value}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  )
}

export interface FormProps {
  readonly id: string
  readonly onSubmit: () => void
  /** Why it was not taken: shown at the field that it is about, else below. */
  readonly error?: unknown
  readonly children: ReactNode
}

/** A form whose button stands elsewhere, in a dialog's footer: `<Button type="submit" form={id}>`. */
export function Form({ id, onSubmit, error, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [names, setNames] = useState<readonly string[]>([])
  const join = useCallback((name: string) => {
    setNames((before) => [...before, name])
    return () => setNames((before) => before.toSpliced(before.indexOf(name), 1))
  }, [])
  const problems = useMemo(() => ({ texts: fieldProblemsOf(error), join }), [error, join])
  useEffect(() => goToFirstProblem(form.current), [problems])
  const isShown =
    problems.texts.size > 0 && [...problems.texts.keys()].every((place) => names.some((name) => isWithin(place, name)))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    onSubmit()
  }
  return (
    <form ref={form} id={id} noValidate onSubmit={submit} className="flex flex-col gap-4 pb-2">
      <FieldProblemsContext value={problems}>{children}</FieldProblemsContext>
      {!isShown && <FormError error={error} />}
    </form>
  )
}

/** Also where it is folded away. */
function goToFirstProblem(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]')
  const folded = field?.closest('details')
  if (folded !== null && folded !== undefined) folded.open = true
  field?.focus()
}

export function useFormId(): string {
  return useId()
}

export function MoreOptions({ children, isOpen = false }: { readonly children: ReactNode; readonly isOpen?: boolean }) {
  const text = useText()
  return (
    <details open={isOpen} className="group rounded-xl border px-3">
      <summary className="flex h-10 list-none items-center gap-1.5 text-sm font-medium text-muted hover:text-text coarse:h-11 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform duration-100 group-open:rotate-90" />
        {text(consoleTexts.moreOptions)}
      </summary>
      <div className="flex flex-col gap-4 pt-1 pb-4">{children}</div>
    </details>
  )
}
