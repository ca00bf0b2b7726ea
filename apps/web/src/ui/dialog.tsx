import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { X } from 'lucide-react'
import { Dialog as Primitive } from 'radix-ui'
import { type FormEvent, type ReactNode, useLayoutEffect, useRef } from 'react'
import { useText } from '../i18n/language.ts'
import { classes } from './classes.ts'
import { IconButton } from './icon-button.tsx'

export interface DialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  readonly description?: ReactNode
  readonly children?: ReactNode
  /** Buttons at the bottom right; the last is the one that does it. */
  readonly actions?: ReactNode
  readonly width?: 'narrow' | 'normal' | 'wide' | 'full'
  /** Only its own buttons close it: neither Escape nor a click beside it. */
  readonly isFirm?: boolean
}

const widths = { narrow: 'max-w-md', normal: 'max-w-xl', wide: 'max-w-3xl', full: 'max-w-7xl' }

/** The ground is our own element: Radix's would put a style element into the page, which its policy forbids. */
export function DialogGround() {
  return <div aria-hidden className="fixed inset-0 z-40 animate-fade bg-overlay" />
}

/**
 * The first thing to fill in, rather than the button that closes, whose tooltip would open; not on a phone, where the keyboard
 * would cover the rest.
 */
function focusFirstField(event: Event): void {
  if (!(event.currentTarget instanceof HTMLElement)) return
  const field = event.currentTarget.querySelector<HTMLElement>(
    ':is(input:not([type=hidden]), textarea, select, [role=combobox]):not(:disabled):not([readonly])',
  )
  const isPhone = matchMedia('(pointer: coarse)').matches
  event.preventDefault()
  const focused = isPhone ? event.currentTarget : (field ?? event.currentTarget)
  focused.focus()
}

/** Itself, not its first button, whose tooltip would open. */
export function focusItself(event: Event): void {
  event.preventDefault()
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
}

/** Who had the focus when it was opened has it again, unless something else has taken it: Radix knows of no button that opens it. */
export function useFocusReturn(isOpen: boolean): (event: Event) => void {
  const opener = useRef<Element>(null)
  // Before any field of it has the focus.
  useLayoutEffect(() => {
    if (isOpen) opener.current = document.activeElement
  }, [isOpen])
  return (event) => {
    event.preventDefault()
    if (document.activeElement === document.body && opener.current instanceof HTMLElement) opener.current.focus()
  }
}

export function Dialog(props: DialogProps) {
  const { isOpen, onClose, title, description, children, actions, width = 'normal', isFirm = false } = props
  const text = useText()
  const isTypedIn = useRef(false)
  const returnFocus = useFocusReturn(isOpen)
  const watch = ({ target }: FormEvent) => {
    if (target instanceof Element && target.closest('form') !== null) isTypedIn.current = true
  }
  /** No slip throws away what was typed. */
  const stay = (event: Event) => {
    if (isFirm || isTypedIn.current) event.preventDefault()
  }
  return (
    <Primitive.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Primitive.Portal>
        <DialogGround />
        <Primitive.Content
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onOpenAutoFocus={(event) => {
            isTypedIn.current = false
            focusFirstField(event)
          }}
          onCloseAutoFocus={returnFocus}
          onInput={watch}
          // While a word is being composed, Escape is for that.
          onEscapeKeyDown={(event) => (event.isComposing ? event.preventDefault() : stay(event))}
          onInteractOutside={stay}
          className={classes(
            'fixed inset-x-4 top-1/2 z-50 mx-auto flex max-h-[min(44rem,calc(100dvh-2rem))] -translate-y-1/2 animate-rise flex-col rounded-2xl border bg-surface shadow-floating focus:outline-none',
            widths[width],
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Primitive.Title className="text-lg leading-8">{title}</Primitive.Title>
              {description !== undefined && (
                <Primitive.Description className="text-muted">{description}</Primitive.Description>
              )}
            </div>
            {!isFirm && (
              <Primitive.Close asChild>
                <IconButton label={text(commonTexts.close)}>
                  <X aria-hidden className="size-4" />
                </IconButton>
              </Primitive.Close>
            )}
          </header>
          {children !== undefined && <div className="min-h-0 flex-1 overflow-y-auto px-5 py-2">{children}</div>}
          {actions !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 px-5 pt-3 pb-5">{actions}</footer>
          )}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}
