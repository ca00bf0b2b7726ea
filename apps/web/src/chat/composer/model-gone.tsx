import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { CircleSlash } from 'lucide-react'
import { modelsQuery } from '../../api/queries.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { isPickerOpen } from './model-picker.tsx'

/** A conversation whose model is not offered any more: what was said stays, another model goes on. */
export function ModelGone({ modelId }: { readonly modelId: string }) {
  const text = useText()
  const { data: models } = useQuery(modelsQuery)
  if (models === undefined || models.some(({ id, is_active: isActive }) => id === modelId && isActive === 1))
    return null
  return (
    <div
      role="status"
      className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl bg-warning-soft py-1.5 pr-1.5 pl-4 text-sm text-warning"
    >
      <CircleSlash aria-hidden className="size-4 shrink-0" />
      <span className="min-w-40 flex-1">{text(chatTexts.modelGone, { model: modelId })}</span>
      <Button size="small" onClick={() => isPickerOpen.set(true)}>
        {text(chatTexts.chooseModel)}
      </Button>
    </div>
  )
}
