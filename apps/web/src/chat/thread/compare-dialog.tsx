import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import type { Message } from '../../api/types.ts'
import { formatCost, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useModelName } from '../data/names.ts'
import { partsOf } from '../data/parts.ts'
import { alternativesQuery } from '../data/queries.ts'
import { showBranch } from '../data/show-branch.ts'
import { Parts } from './parts.tsx'

/** All replies at one place of a conversation, side by side; one of them is gone on with. */
export function CompareDialog({ message, onClose }: { readonly message: Message; readonly onClose: () => void }) {
  const text = useText()
  const { data: alternatives, error, refetch } = useQuery(alternativesQuery(message))
  return (
    <Dialog isOpen onClose={onClose} title={text(chatTexts.compare)} width="full">
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {alternatives === undefined && error === null && <Skeleton className="h-60" />}
      <div className="flex min-h-0 snap-x gap-4 overflow-x-auto pb-4">
        {alternatives?.map((alternative) => (
          <Alternative
            key={alternative.id}
            message={alternative}
            isShown={alternative.id === message.id}
            onChoose={() => {
              onClose()
              void showBranch(message.conversation_id, alternative.id)
            }}
          />
        ))}
      </div>
    </Dialog>
  )
}

interface AlternativeProps {
  readonly message: Message
  readonly isShown: boolean
  readonly onChoose: () => void
}

function Alternative({ message, isShown, onChoose }: AlternativeProps) {
  const text = useText()
  const name = useModelName(message.model_id)
  return (
    <section
      aria-label={name}
      className="flex w-[min(32rem,80vw)] shrink-0 snap-start flex-col rounded-xl border bg-bg sm:flex-1"
    >
      <header className="flex items-center gap-2 border-b px-4 py-2">
        <span className="min-w-0 flex-1 truncate text-sm font-medium">{name}</span>
        <span className="text-xs text-muted tabular-nums">
          {text(chatTexts.usage, { count: formatNumber(message.input_tokens + message.output_tokens) })} ·{' '}
          {formatCost(message.cost_usd)}
        </span>
        <Button size="small" variant={isShown ? 'ghost' : 'secondary'} disabled={isShown} onClick={onChoose}>
          {text(isShown ? chatTexts.shownNow : chatTexts.goOnWith)}
        </Button>
      </header>
      <div className="px-4 py-3">
        <Parts parts={partsOf(message)} status={message.status} />
      </div>
    </section>
  )
}
