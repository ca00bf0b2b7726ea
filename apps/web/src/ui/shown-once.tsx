import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog, type DialogProps } from './dialog.tsx'

export interface ShownOnceProps extends Pick<DialogProps, 'title' | 'description' | 'width' | 'onClose'> {
  /** Says that one has what is shown. */
  readonly doneLabel: string
  /** Other buttons, before the one that closes. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A key, a link, codes: what cannot be shown again. It is not left by a slip, only by a button that says so. */
export function ShownOnce({ doneLabel, actions, onClose, children, ...dialog }: ShownOnceProps) {
  return (
    <Dialog
      {...dialog}
      isOpen
      isFirm
      onClose={onClose}
      actions={
        <>
          {actions}
          <Button variant="primary" onClick={onClose}>
            {doneLabel}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
