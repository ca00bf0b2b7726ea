import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Brain, Check } from 'lucide-react'
import type { Parameters } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { buttonClasses } from '../../ui/button.tsx'
import { classes } from '../../ui/classes.ts'
import { Menu, MenuItem, MenuLabel } from '../../ui/menu.tsx'

export type Effort = Parameters['reasoning_effort']

export interface EffortPickerProps {
  readonly value: Effort
  readonly onChange: (effort: Effort) => void
}

/** From the least; without any the model decides. */
export const efforts = ['minimal', 'low', 'medium', 'high'] as const

/** How much the model thinks before it answers. */
export function EffortPicker({ value, onChange }: EffortPickerProps) {
  const text = useText()
  const nameOf = (effort: Effort) => text(effort === undefined ? chatTexts.effortDefault : chatTexts[effort])
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          aria-label={text(chatTexts.effortIs, { effort: nameOf(value) })}
          className={classes(
            buttonClasses('ghost', 'small'),
            'gap-1.5',
            value === undefined ? 'text-muted' : 'bg-accent-soft text-accent-ink',
          )}
        >
          <Brain aria-hidden className="size-4" />
          {value !== undefined && <span className="max-sm:sr-only">{nameOf(value)}</span>}
        </button>
      }
    >
      <MenuLabel>{text(chatTexts.effort)}</MenuLabel>
      {[undefined, ...efforts].map((effort) => (
        <MenuItem
          key={effort ?? 'default'}
          onSelect={() => onChange(effort)}
          note={effort === value && <Check aria-label={text(chatTexts.chosen)} className="size-4 text-accent-ink" />}
        >
          {nameOf(effort)}
        </MenuItem>
      ))}
    </Menu>
  )
}
