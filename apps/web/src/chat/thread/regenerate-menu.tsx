import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { modelsQuery } from '../../api/queries.ts'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { useBindings } from '../../shell/shortcuts.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu.tsx'
import { regenerate } from '../data/regenerate.ts'

export interface RegenerateMenuProps {
  readonly message: Message
  /** The one that its key is for. */
  readonly isLast: boolean
}

export function RegenerateMenu({ message, isLast }: RegenerateMenuProps) {
  const text = useText()
  const { regenerate: shortcut } = useBindings()
  const { data: models } = useQuery(modelsQuery)
  return (
    <Menu
      align="start"
      trigger={
        <IconButton size="small" label={text(chatTexts.regenerate)} shortcut={isLast ? shortcut : undefined}>
          <RotateCcw aria-hidden className="size-4" />
        </IconButton>
      }
    >
      <MenuItem icon={<RotateCcw />} onSelect={() => void regenerate(message)}>
        {text(chatTexts.regenerate)}
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>{text(chatTexts.withAnotherModel)}</MenuLabel>
      {models?.map((model) => (
        <MenuItem key={model.id} onSelect={() => void regenerate(message, model.id)}>
          {model.name}
        </MenuItem>
      ))}
    </Menu>
  )
}
