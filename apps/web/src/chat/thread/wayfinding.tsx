import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { ArrowDown, ArrowUp, List } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { useBindings } from '../../shell/shortcuts.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Outline, type OutlineProps, OutlineRail } from './outline.tsx'
import { type TurnsOptions, useTurns } from './use-turns.ts'

export interface WayfindingProps extends TurnsOptions {
  readonly isAtEnd: boolean
  readonly onEnd: () => void
}

/** Fewer are in view anyway. */
const leastTurns = 3

/** Where one is in a conversation, and ways to what was said elsewhere in it. */
export function Wayfinding({ isAtEnd, onEnd, ...options }: WayfindingProps) {
  const { turns, current, previous } = useTurns(options)
  const outline = { turns, current, onShow: options.onShow }
  return (
    <>
      {turns.length >= leastTurns && <OutlineRail {...outline} />}
      {!isAtEnd && <Elsewhere {...outline} onPrevious={previous} onEnd={onEnd} />}
    </>
  )
}

interface ElsewhereProps extends Omit<OutlineProps, 'trigger'> {
  readonly onPrevious: () => void
  readonly onEnd: () => void
}

/** For who is not at the end: to what was said before, to anything that was said, to the end. */
function Elsewhere({ onPrevious, onEnd, ...outline }: ElsewhereProps) {
  const text = useText()
  const bindings = useBindings()
  return (
    <div className="absolute bottom-3 left-1/2 flex -translate-x-1/2 animate-fade rounded-full border bg-surface p-0.5 shadow-floating">
      <IconButton
        label={text(chatTexts.previousMessage)}
        shortcut={bindings.previousMessage}
        onClick={onPrevious}
        className="rounded-full!"
      >
        <ArrowUp aria-hidden className="size-4" />
      </IconButton>
      <Outline
        {...outline}
        trigger={
          <IconButton label={text(chatTexts.outline)} className="rounded-full! @4xl:pointer-fine:hidden">
            <List aria-hidden className="size-4" />
          </IconButton>
        }
      />
      <IconButton label={text(chatTexts.toEnd)} onClick={onEnd} className="rounded-full!">
        <ArrowDown aria-hidden className="size-4" />
      </IconButton>
    </div>
  )
}
