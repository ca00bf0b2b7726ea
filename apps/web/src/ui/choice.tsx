import { RadioGroup } from 'radix-ui'
import type { ReactNode } from 'react'
import { classes } from './classes.ts'

export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
}

export interface SegmentsProps<Value extends string> {
  readonly label: string
  readonly choices: readonly Choice<Value>[]
  readonly value: Value
  readonly onChange: (value: Value) => void
}

/** A few words of which one is chosen. */
export function Segments<Value extends string>({ label, choices, value, onChange }: SegmentsProps<Value>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as Value)}
      orientation="horizontal"
      className="inline-flex rounded-lg border bg-sunken p-0.5"
    >
      {choices.map((choice) => (
        <RadioGroup.Item
          key={choice.value}
          value={choice.value}
          className="h-7.5 rounded-md px-2.5 text-sm font-medium whitespace-nowrap text-muted transition-colors duration-100 hover:text-text data-[state=checked]:bg-surface data-[state=checked]:text-text data-[state=checked]:shadow-raised coarse:h-10"
        >
          {choice.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}

export interface CardChoice<Value extends string> extends Choice<Value> {
  readonly hint: ReactNode
  readonly icon?: ReactNode
}

export interface CardsProps<Value extends string> {
  readonly label: string
  readonly choices: readonly CardChoice<Value>[]
  readonly value: Value | undefined
  readonly onChange: (value: Value) => void
}

/** Things of which one is chosen, each with a word on what it is. */
export function Cards<Value extends string>({ label, choices, value, onChange }: CardsProps<Value>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value ?? null}
      onValueChange={(next) => onChange(next as Value)}
      className="grid gap-2 sm:grid-cols-2"
    >
      {choices.map((choice) => (
        <RadioGroup.Item
          key={choice.value}
          value={choice.value}
          // In a dialog, the first thing to do.
          autoFocus={choice.value === value}
          className={classes(
            'flex items-start gap-3 rounded-xl border bg-surface p-3 text-left transition-colors duration-100',
            'hover:bg-hover data-[state=checked]:border-accent-ink data-[state=checked]:bg-accent-soft',
          )}
        >
          {choice.icon !== undefined && <span className="mt-0.5 text-accent-ink [&>svg]:size-5">{choice.icon}</span>}
          <span className="min-w-0">
            <span className="block font-medium">{choice.label}</span>
            <span className="block text-sm text-muted">{choice.hint}</span>
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}

export interface ChecksProps<Value extends string> {
  readonly label: string
  readonly hint?: string
  readonly choices: readonly { readonly value: Value; readonly label: string }[]
  readonly values: readonly Value[]
  readonly onChange: (values: readonly Value[]) => void
}

/** Any of a few things. */
export function Checks<Value extends string>({ label, hint, choices, values, onChange }: ChecksProps<Value>) {
  const toggle = (value: Value) =>
    onChange(values.includes(value) ? values.filter((each) => each !== value) : [...values, value])
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {choices.map((choice) => (
          <label key={choice.value} className="flex min-h-6 items-center gap-2 text-sm coarse:min-h-11">
            <input
              type="checkbox"
              checked={values.includes(choice.value)}
              onChange={() => toggle(choice.value)}
              className="size-4 accent-accent"
            />
            {choice.label}
          </label>
        ))}
      </div>
      {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
    </fieldset>
  )
}
