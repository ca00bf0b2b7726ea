import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Check } from 'lucide-react'
import { useEffect } from 'react'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { classes } from '../../ui/classes.ts'
import { follow } from '../data/runs.ts'
import { showBranch } from '../data/show-branch.ts'
import { AssistantMessage } from './assistant-message.tsx'

export interface SideBySideProps {
  readonly replies: readonly Message[]
  /** The one that the conversation goes on with. */
  readonly shownId: string
}

/** What several models say to the same, each as it comes. Wider than other messages where there is room for that. */
export function SideBySide({ replies, shownId }: SideBySideProps) {
  const text = useText()
  useEffect(() => {
    for (const { id, status, run_id: runId, conversation_id: conversationId } of replies) {
      const isBeside = id !== shownId
      if (isBeside && status === 'running' && runId !== null) void follow(conversationId, { runId, isBeside })
    }
  }, [replies, shownId])
  return (
    <div
      role="group"
      aria-label={text(chatTexts.compare)}
      className="mx-[calc((100%-max(100%,min(100cqw-4rem,76rem)))/2)] flex snap-x snap-mandatory items-stretch gap-3 overflow-x-auto pb-2"
    >
      {replies.map((reply) => (
        <Column key={reply.id} reply={reply} isShown={reply.id === shownId} />
      ))}
    </div>
  )
}

function Column({ reply, isShown }: { readonly reply: Message; readonly isShown: boolean }) {
  const text = useText()
  return (
    <div
      className={classes(
        'flex w-[85%] shrink-0 snap-center flex-col rounded-2xl border bg-surface px-4 pt-3 pb-2 sm:w-auto sm:min-w-72 sm:flex-1',
        isShown && 'border-accent-ink',
      )}
    >
      <div className="min-w-0 flex-1">
        <AssistantMessage message={reply} kind="personal" isLast isBeside />
      </div>
      <div className="mt-2 flex justify-end border-t pt-2">
        {isShown ? (
          <p className="flex h-8 items-center gap-1.5 px-2.5 text-sm text-muted coarse:h-11">
            <Check aria-hidden className="size-4 text-success" />
            {text(chatTexts.goesOnHere)}
          </p>
        ) : (
          <Button size="small" onClick={() => void showBranch(reply.conversation_id, reply.id)}>
            {text(chatTexts.goOnWith)}
          </Button>
        )}
      </div>
    </div>
  )
}
