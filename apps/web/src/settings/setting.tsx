import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { ReactNode } from 'react'
import { useText } from '../i18n/language.ts'
import { Badge } from '../ui/badge.tsx'
import { classes } from '../ui/classes.ts'

export interface SettingProps {
  readonly title: string
  readonly hint?: string
  /** Where it holds. */
  readonly scope: 'browser' | 'account'
  readonly children: ReactNode
}

/** One line of a settings page: what it is, where it holds, and the control. Changes apply at once. */
export function Setting({ title, hint, scope, children }: SettingProps) {
  const text = useText()
  return (
    <div data-setting={title} className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b py-4 last:border-b-0">
      <div className="min-w-56 flex-1">
        <div className="flex flex-wrap items-center gap-2 font-medium">
          {title}
          <Badge tone={scope === 'account' ? 'accent' : 'neutral'}>
            {text(scope === 'account' ? settingsTexts.yourAccount : settingsTexts.thisBrowser)}
          </Badge>
        </div>
        {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
      </div>
      {children}
    </div>
  )
}

export interface ChoiceProps<T extends string> {
  readonly label: string
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: ReactNode }[]
  readonly value: T
  readonly onChange: (value: T) => void
}

/** A few options side by side. */
export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
  return (
    <div role="radiogroup" aria-label={label} className="flex rounded-lg border bg-sunken p-0.5">
      {options.map((option) => (
        <label
          key={option.value}
          className={classes(
            'flex h-8 items-center gap-1.5 rounded-md px-3 text-sm transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent-ink coarse:h-11 [&>svg]:size-4',
            option.value === value ? 'bg-surface font-medium shadow-raised' : 'text-muted hover:text-text',
          )}
        >
          <input
            type="radio"
            name={label}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="sr-only"
          />
          {option.icon}
          {option.label}
        </label>
      ))}
    </div>
  )
}
