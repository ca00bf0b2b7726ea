import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { useModelName } from '../data/names.ts'
import { mostAlsoModels, setAlsoModels, useAlsoModels } from './also-models.ts'
import { ModelMenu } from './model-menu.tsx'

/** Beside the model picker: one more model that answers the same. */
export function AddModel({ conversationId }: { readonly conversationId: string }) {
  const text = useText()
  const [isOpen, setOpen] = useState(false)
  const ids = useAlsoModels(conversationId)
  if (ids.length >= mostAlsoModels) return null
  return (
    <ModelMenu
      label={text(chatTexts.alsoAsk)}
      isOpen={isOpen}
      onOpenChange={setOpen}
      onChoose={(id) => setAlsoModels(conversationId, [...ids, id])}
      trigger={
        <IconButton size="small" label={text(chatTexts.alsoAsk)} className="-ml-1">
          <Plus aria-hidden className="size-4" />
        </IconButton>
      }
    />
  )
}

/** Who answers, too: above the words, each to be taken away. */
export function AlsoModels({ conversationId }: { readonly conversationId: string }) {
  const text = useText()
  const ids = useAlsoModels(conversationId)
  if (ids.length === 0) return null
  return (
    <div className="flex items-center gap-1.5 overflow-x-auto px-4 pt-3 text-sm">
      <span className="shrink-0 text-muted">{text(chatTexts.alsoAsked)}</span>
      <ul aria-label={text(chatTexts.alsoAsked)} className="contents">
        {ids.map((id, index) => (
          // The same model may be asked twice.
          <Chip
            key={`${id} ${index}`}
            modelId={id}
            onRemove={() => setAlsoModels(conversationId, ids.toSpliced(index, 1))}
          />
        ))}
      </ul>
    </div>
  )
}

function Chip({ modelId, onRemove }: { readonly modelId: string; readonly onRemove: () => void }) {
  const text = useText()
  const name = useModelName(modelId)
  return (
    <li className="flex max-w-60 shrink-0 items-center rounded-lg bg-accent-soft pl-2.5 text-accent-ink">
      <span className="truncate">{name}</span>
      <IconButton size="small" label={text(chatTexts.doNotAsk, { model: name })} onClick={onRemove}>
        <X aria-hidden className="size-3.5" />
      </IconButton>
    </li>
  )
}
