import type { ReactNode } from 'react'
import { Button, type ButtonProps } from './button.tsx'
import { classes } from './classes.ts'
import { ariaShortcut } from './keys.tsx'
import { Tooltip } from './tooltip.tsx'

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'aria-label'> {
  /** What it does: the accessible name and the tooltip. */
  readonly label: string
  readonly shortcut?: string | undefined
  readonly side?: 'top' | 'bottom' | 'left' | 'right'
  readonly children: ReactNode
}

export function IconButton({
  label,
  shortcut,
  side,
  variant = 'ghost',
  size,
  className,
  children,
  ...rest
}: IconButtonProps) {
  const square = size === 'small' ? 'size-7! rounded-md coarse:size-11!' : 'size-9 coarse:size-11'
  return (
    <Tooltip label={label} shortcut={shortcut} side={side ?? 'top'}>
      <Button
        {...rest}
        variant={variant}
        aria-label={label}
        aria-keyshortcuts={ariaShortcut(shortcut)}
        className={classes(square, 'px-0!', variant === 'ghost' && 'text-muted hover:text-text', className)}
      >
        {children}
      </Button>
    </Tooltip>
  )
}
