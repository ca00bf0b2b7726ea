import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useEffect } from 'react'
import { modelsQuery } from '../../api/queries.ts'
import { createStore, useStore } from '../../api/store.ts'
import { useText } from '../../i18n/language.ts'
import { useBindings, useShortcuts } from '../../shell/shortcuts.ts'
import { buttonClasses } from '../../ui/button.tsx'
import { ariaShortcut } from '../../ui/keys.tsx'
import { ModelMenu } from './model-menu.tsx'

/** Opened by the button, and while there is one by a key from anywhere. */
export const isPickerOpen = createStore(false)

export interface ModelPickerProps {
  readonly value: string | undefined
  readonly onChange: (modelId: string) => void
}

export function ModelPicker({ value, onChange }: ModelPickerProps) {
  const text = useText()
  const isOpen = useStore(isPickerOpen)
  const { data: models = [] } = useQuery(modelsQuery)
  const chosen = models.find((model) => model.id === value)
  const bindings = useBindings()
  useShortcuts({ modelPicker: () => isPickerOpen.set(true) })
  useEffect(() => () => isPickerOpen.set(false), [])
  return (
    <ModelMenu
      label={text(chatTexts.chooseModel)}
      isOpen={isOpen}
      onOpenChange={isPickerOpen.set}
      value={value}
      onChoose={onChange}
      trigger={
        <button
          type="button"
          aria-keyshortcuts={ariaShortcut(bindings.modelPicker)}
          aria-label={text(chatTexts.modelIs, { model: chosen?.name ?? value ?? '' })}
          className={`${buttonClasses('ghost', 'small')} min-w-0 shrink! text-muted`}
        >
          <span className="truncate">{chosen?.name ?? value ?? text(commonTexts.model)}</span>
          <ChevronDown aria-hidden className="size-3.5" />
        </button>
      }
    />
  )
}
