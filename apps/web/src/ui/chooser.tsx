import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { useRef, useState } from 'react'
import { useText } from '../i18n/language.ts'
import { classes } from './classes.ts'
import { controlClasses, type FieldAttributes } from './field.tsx'
import { Popover } from './popover.tsx'

export interface Choosable {
  readonly id: string
  readonly name: string
  /** What tells it from others of its name; it is searched as well. */
  readonly note?: string
}

export interface ChooserProps extends Partial<FieldAttributes> {
  /** Of a chooser in no field. */
  readonly 'aria-label'?: string
  readonly autoFocus?: boolean
  readonly className?: string
  readonly choices: readonly Choosable[]
  /** Empty: none of them. */
  readonly value: string
  /** What stands for none of them. */
  readonly none: string
  readonly onChange: (id: string) => void
}

/** More than anybody looks through, and than a browser draws at once. */
const mostShown = 50

/** One of so many things that they have to be searched. */
export function Chooser({ choices, value, none, onChange, className, ...attributes }: ChooserProps) {
  const [isOpen, setOpen] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)
  const chosen = choices.find(({ id }) => id === value)
  const choose = (id: string) => {
    setOpen(false)
    onChange(id)
    // Like a control of the browser's own: the dialog that it is in is told.
    trigger.current?.dispatchEvent(new Event('input', { bubbles: true }))
  }
  return (
    <Popover
      label={attributes['aria-label'] ?? none}
      isOpen={isOpen}
      onOpenChange={setOpen}
      className="w-80 max-w-[calc(100vw-2rem)] min-w-(--radix-popover-trigger-width)"
      trigger={
        <button
          {...attributes}
          ref={trigger}
          type="button"
          role="combobox"
          className={classes(controlClasses, 'flex h-9 items-center gap-2 text-left coarse:h-11', className)}
        >
          <span className="min-w-0 flex-1 truncate">
            {chosen?.name ?? none}
            {chosen?.note !== undefined && <span className="text-muted"> {chosen.note}</span>}
          </span>
          <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />
        </button>
      }
    >
      <Found choices={choices} chosen={chosen} none={none} onChoose={choose} />
    </Popover>
  )
}

interface FoundProps extends Pick<ChooserProps, 'choices' | 'none'> {
  readonly chosen: Choosable | undefined
  readonly onChoose: (id: string) => void
}

/** What fits the words that were typed; without any, what is chosen comes first. */
function Found({ choices, chosen, none, onChoose }: FoundProps) {
  const text = useText()
  const [sought, setSought] = useState('')
  const words = sought.toLowerCase().split(/\s+/)
  const found = choices.filter(({ name, note = '' }) => {
    const said = `${name} ${note}`.toLowerCase()
    return words.every((word) => said.includes(word))
  })
  const isSought = sought.trim() !== ''
  const first = isSought || chosen === undefined ? [] : [chosen]
  const shown = [...first, ...found.filter((choice) => !first.includes(choice))].slice(0, mostShown)
  return (
    <Command label={text(commonTexts.search)} shouldFilter={false} defaultValue={chosen?.id ?? none}>
      <Command.Input
        autoFocus
        value={sought}
        onValueChange={setSought}
        placeholder={text(commonTexts.search)}
        className="h-10 w-full rounded-t-xl border-b bg-transparent px-4 placeholder:text-muted focus:outline-none coarse:text-base"
      />
      <Command.List className="max-h-72 overflow-y-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-muted">{text(commonTexts.nothingFound)}</Command.Empty>
        {!isSought && (
          <Item choice={{ id: none, name: none }} isChosen={chosen === undefined} onChoose={() => onChoose('')} />
        )}
        {shown.map((choice) => (
          <Item key={choice.id} choice={choice} isChosen={choice === chosen} onChoose={() => onChoose(choice.id)} />
        ))}
      </Command.List>
      {found.length > shown.length && (
        <p className="border-t px-4 py-2 text-xs text-muted">
          {text(commonTexts.moreFound, { count: found.length - shown.length })}
        </p>
      )}
    </Command>
  )
}

interface ItemProps {
  readonly choice: Choosable
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function Item({ choice: { id, name, note }, isChosen, onChoose }: ItemProps) {
  return (
    <Command.Item
      value={id}
      onSelect={onChoose}
      className="flex min-h-8 cursor-pointer items-center gap-2 rounded-lg px-3 py-1 data-[selected=true]:bg-hover coarse:min-h-11"
    >
      <span className="min-w-0 flex-1">
        <span className="block truncate">{name}</span>
        {note !== undefined && <span className="block truncate text-xs text-muted">{note}</span>}
      </span>
      {isChosen && <Check aria-hidden className="size-4 shrink-0 text-accent-ink" />}
    </Command.Item>
  )
}
