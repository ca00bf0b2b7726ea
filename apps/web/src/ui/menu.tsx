import { DropdownMenu as Primitive } from 'radix-ui'
import { createContext, type ReactNode, type RefObject, use, useRef } from 'react'
import { classes } from './classes.ts'

export interface MenuProps {
  /** The button that opens it: one element. */
  readonly trigger: ReactNode
  readonly children: ReactNode
  readonly align?: 'start' | 'center' | 'end'
  readonly side?: 'top' | 'bottom' | 'right'
  readonly onOpenChange?: (isOpen: boolean) => void
}

type Chosen = RefObject<(() => void) | undefined>

const ChosenContext = createContext<Chosen | undefined>(undefined)

/** Not modal, so that Radix leaves the page's scrolling (and its style elements) alone. */
export function Menu({ trigger, children, align = 'end', side = 'bottom', onOpenChange }: MenuProps) {
  const chosen: Chosen = useRef(undefined)
  /** When the trigger has the focus again: a dialog gives it back to who had it. */
  const runChosen = () => {
    const run = chosen.current
    chosen.current = undefined
    if (run !== undefined) queueMicrotask(run)
  }
  return (
    <Primitive.Root modal={false} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          onCloseAutoFocus={runChosen}
          className="z-50 max-h-[min(24rem,var(--radix-dropdown-menu-content-available-height))] min-w-44 animate-fade overflow-y-auto rounded-xl border bg-surface p-1 shadow-floating"
        >
          <ChosenContext value={chosen}>{children}</ChosenContext>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

export interface MenuItemProps {
  readonly icon?: ReactNode
  readonly children: ReactNode
  readonly onSelect: () => void
  readonly isDangerous?: boolean
  readonly disabled?: boolean
  /** At the right: a key, a mark. */
  readonly note?: ReactNode
}

const itemClasses =
  'flex min-h-8 select-none items-center gap-2.5 rounded-lg px-2.5 py-1 outline-none data-[highlighted]:bg-hover data-[disabled]:opacity-50 coarse:min-h-11'

export function MenuItem({ icon, children, onSelect, isDangerous = false, disabled = false, note }: MenuItemProps) {
  const chosen = use(ChosenContext)
  const choose = () => {
    if (chosen !== undefined) chosen.current = onSelect
  }
  return (
    <Primitive.Item
      disabled={disabled}
      onSelect={choose}
      className={classes(itemClasses, isDangerous && 'text-danger')}
    >
      {icon !== undefined && <span className={classes('[&>svg]:size-4', !isDangerous && 'text-muted')}>{icon}</span>}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {note !== undefined && <span className="text-muted">{note}</span>}
    </Primitive.Item>
  )
}

export function MenuSeparator() {
  return <Primitive.Separator className="my-1 h-px bg-line" />
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <Primitive.Label className="px-2.5 pt-1.5 pb-1 text-xs text-muted">{children}</Primitive.Label>
}
