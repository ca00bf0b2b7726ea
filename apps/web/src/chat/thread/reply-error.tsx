import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { CircleAlert, RotateCcw } from 'lucide-react'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { regenerate } from '../data/regenerate.ts'

/** What went wrong, where the reply would stand. */
export function ReplyError({ message, text: what }: { readonly message: Message; readonly text: string }) {
  const text = useText()
  const detail = `${what}\n${message.model_id ?? ''} · ${message.end_reason ?? ''} · ${message.id}`
  return (
    <div
      role="alert"
      className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl bg-danger-soft px-4 py-2.5 text-danger"
    >
      <CircleAlert aria-hidden className="size-4.5 shrink-0" />
      <span className="min-w-40 flex-1">{what}</span>
      <CopyButton size="small" value={detail} label={text(chatTexts.copyDetail)} />
      <Button size="small" onClick={() => void regenerate(message)}>
        <RotateCcw aria-hidden className="size-4" />
        {text(commonTexts.retry)}
      </Button>
    </div>
  )
}
