import {
  createContext,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  use,
  useEffect,
  useId,
} from 'react'
import { classes } from './classes.ts'

/** How everything looks that a value is put into. */
export const controlClasses =
  'w-full rounded-lg border border-line-strong/60 bg-surface px-3 text-text transition-colors duration-100 placeholder:text-muted hover:border-line-strong focus:border-accent-ink focus:outline-2 focus:-outline-offset-1 focus:outline-accent-ink disabled:opacity-60 aria-invalid:border-danger'

export interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly ref?: Ref<HTMLInputElement>
}
export function Input({ className, ...rest }: InputProps) {
  return <input {...rest} className={classes(controlClasses, 'h-9 coarse:h-11 coarse:text-base', className)} />
}

export interface TextareaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  readonly ref?: Ref<HTMLTextAreaElement>
}
export function Textarea({ className, rows = 4, ...rest }: TextareaProps) {
  return (
    <textarea
      {...rest}
      rows={rows}
      className={classes(controlClasses, 'py-2 leading-relaxed coarse:text-base', className)}
    />
  )
}

/** The browser's own: the best one on a phone, and with a keyboard. */
export interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  readonly ref?: Ref<HTMLSelectElement>
}
export function Select({ className, ...rest }: SelectProps) {
  return <select {...rest} className={classes(controlClasses, 'h-9 pr-8 coarse:h-11 coarse:text-base', className)} />
}

/** What the server found wrong with a form, by its own names of the fields. */
export interface FieldProblems {
  readonly texts: ReadonlyMap<string, string>
  /** A field says that it is there to show what is wrong with it. The answer takes that back. */
  readonly join: (name: string) => () => void
}

export const FieldProblemsContext = createContext<FieldProblems | undefined>(undefined)

/** What is wrong with this field, when it is in a form that knows. */
export function useFieldProblem(name: string | undefined): string | undefined {
  const problems = use(FieldProblemsContext)
  const join = problems?.join
  useEffect(() => (name === undefined ? undefined : join?.(name)), [name, join])
  if (name === undefined || problems === undefined) return undefined
  return [...problems.texts].find(([place]) => isWithin(place, name))?.[1]
}

/** `ip_allow.0` is a line of `ip_allow`. */
export function isWithin(place: string, name: string): boolean {
  return place === name || place.startsWith(`${name}.`)
}

export interface FieldProps {
  readonly label: ReactNode
  /** As the server calls it: what it says about the field is shown here. */
  readonly name?: string | undefined
  readonly hint?: ReactNode
  readonly error?: string | undefined
  /** The control, with the attributes that tie it to its label, hint and error. */
  readonly children: (attributes: FieldAttributes) => ReactNode
  readonly className?: string
}
export interface FieldAttributes {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean | undefined
}

/** `<Field label="Name">{(attributes) => <Input {...attributes} />}</Field>` */
export function Field({ label, name, hint, error: ownError, children, className }: FieldProps) {
  const problem = useFieldProblem(name)
  const error = ownError ?? problem
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={classes('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': note === undefined ? undefined : noteId,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {note !== undefined && (
        <p id={noteId} className={classes('text-sm', error === undefined ? 'text-muted' : 'text-danger')}>
          {note}
        </p>
      )}
    </div>
  )
}
