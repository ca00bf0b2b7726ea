import type { ButtonHTMLAttributes, Ref } from 'react'
import { classes } from './classes.ts'
import { Spinner } from './spinner.tsx'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: 'primary' | 'secondary' | 'ghost' | 'danger'
  readonly size?: 'small' | 'normal'
  /** Something is under way: shown, and not to be pressed again. */
  readonly isBusy?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

const variants = {
  primary: 'bg-accent text-on-accent hover:not-disabled:bg-accent-hover',
  secondary: 'border border-line bg-surface text-text hover:not-disabled:bg-hover',
  // Its colour is that of what it stands in, unless it is told another.
  ghost: 'hover:not-disabled:bg-hover',
  danger: 'border border-line bg-surface text-danger hover:not-disabled:bg-danger-soft',
}
const sizes = { small: 'h-8 px-2.5 text-sm coarse:h-11', normal: 'h-9 px-3.5 coarse:h-11' }

export function buttonClasses(
  variant: keyof typeof variants = 'secondary',
  size: keyof typeof sizes = 'normal',
): string {
  return classes(
    'inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors duration-100 disabled:opacity-55',
    variants[variant],
    sizes[size],
  )
}

export function Button({ variant, size, isBusy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={classes(buttonClasses(variant, size), className)}
    >
      {isBusy && <Spinner />}
      {children}
    </button>
  )
}
