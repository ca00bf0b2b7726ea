import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { modelsQuery } from '../../api/queries.ts'
import type { Model } from '../../api/types.ts'
import { createStore, useStore } from '../../api/store.ts'
import { formatCompact } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { buttonClasses } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'

const usable = (models: readonly Model[]) => models.filter((model) => model.is_active === 1)

/** Opened by the button, and by a key from anywhere. */
export const isPickerOpen = createStore(false)

export interface ModelPickerProps {
  readonly value: string | undefined
  readonly onChange: (modelId: string) => void
}

export function ModelPicker({ value, onChange }: ModelPickerProps) {
  const text = useText()
  const isOpen = useStore(isPickerOpen)
  const { data: models = [] } = useQuery({ ...modelsQuery, select: usable })
  const chosen = models.find((model) => model.id === value)
  const providers = [...new Set(models.map((model) => model.provider))]
  const choose = (id: string) => {
    isPickerOpen.set(false)
    onChange(id)
  }
  return (
    <Popover
      label={text(chatTexts.chooseModel)}
      side="top"
      isOpen={isOpen}
      onOpenChange={isPickerOpen.set}
      className="w-80 max-w-[calc(100vw-2rem)]"
      trigger={
        <button
          type="button"
          aria-label={text(chatTexts.modelIs, { model: chosen?.name ?? value ?? '' })}
          className={`${buttonClasses('ghost', 'small')} min-w-0 text-muted`}
        >
          <span className="truncate">{chosen?.name ?? value ?? text(commonTexts.model)}</span>
          <ChevronDown aria-hidden className="size-3.5" />
        </button>
      }
    >
      <Command label={text(chatTexts.chooseModel)} defaultValue={value ?? ''}>
        <Command.Input
          autoFocus
          placeholder={text(chatTexts.searchModels)}
          className="h-10 w-full rounded-t-xl border-b bg-transparent px-4 placeholder:text-muted focus:outline-none coarse:text-base"
        />
        <Command.List className="max-h-80 overflow-y-auto p-1">
          <Command.Empty className="px-3 py-6 text-center text-muted">{text(chatTexts.noModel)}</Command.Empty>
          {providers.map((provider) => (
            <Command.Group
              key={provider}
              heading={provider}
              className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
            >
              {models
                .filter((model) => model.provider === provider)
                .map((model) => (
                  <Command.Item
                    key={model.id}
                    value={model.id}
                    keywords={[model.name, provider]}
                    onSelect={() => choose(model.id)}
                    className="flex min-h-8 cursor-pointer items-center gap-2 rounded-lg px-3 data-[selected=true]:bg-hover coarse:min-h-11"
                  >
                    <span className="min-w-0 flex-1 truncate">{model.name}</span>
                    {model.context_limit !== null && (
                      <span className="text-xs text-muted">{formatCompact(model.context_limit)}</span>
                    )}
                    {model.id === value && <Check aria-hidden className="size-4 text-accent-ink" />}
                  </Command.Item>
                ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Popover>
  )
}
