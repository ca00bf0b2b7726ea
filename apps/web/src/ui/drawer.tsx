import { Dialog as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'
import { classes } from './classes.ts'
import { DialogGround, focusItself, useFocusReturn } from './dialog.tsx'

export interface DrawerProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** For screen readers. */
  readonly title: string
  readonly side?: 'left' | 'right'
  readonly children: ReactNode
}

export function Drawer({ isOpen, onClose, title, side = 'left', children }: DrawerProps) {
  const returnFocus = useFocusReturn(isOpen)
  return (
    <Primitive.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Primitive.Portal>
        <DialogGround />
        <Primitive.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusItself}
          onCloseAutoFocus={returnFocus}
          className={classes(
            'fixed inset-y-0 z-50 flex w-[min(22rem,88vw)] flex-col bg-surface shadow-floating focus:outline-none',
            side === 'left' ? 'left-0 animate-slide' : 'right-0 animate-fade',
          )}
        >
          <Primitive.Title className="sr-only">{title}</Primitive.Title>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}
