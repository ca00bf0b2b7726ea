import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Play } from 'lucide-react'
import { call } from '../../api/client.ts'
import { useStore } from '../../api/store.ts'
import type { Message, MessageStatus } from '../../api/types.ts'
import { formatCost, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { preferences } from '../../settings/preferences.ts'
import { Avatar } from '../../shell/avatar.tsx'
import { useBindings } from '../../shell/shortcuts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { useBot, useModelName } from '../data/names.ts'
import { useLiveReply } from '../data/live-replies.ts'
import { partsOf } from '../data/parts.ts'
import { reloadConversation } from '../data/queries.ts'
import { resume } from '../data/resume.ts'
import { Actions, BranchSwitch } from './actions.tsx'
import { EditMessage } from './edit-message.tsx'
import { setEdit, useEdit } from './edits.ts'
import { MoreActions } from './more-actions.tsx'
import { Parts } from './parts.tsx'
import { RatingButtons } from './rating-buttons.tsx'
import { ReadAloudButton } from './read-aloud-button.tsx'
import { RegenerateMenu } from './regenerate-menu.tsx'
import { ReplyError } from './reply-error.tsx'

export interface AssistantMessageProps {
  readonly message: Message
  readonly kind: 'personal' | 'group'
  readonly isLast: boolean
  /** Its alternatives stand beside it. */
  readonly isBeside?: boolean
}

export function AssistantMessage({ message, kind, isLast, isBeside = false }: AssistantMessageProps) {
  const text = useText()
  const bindings = useBindings()
  const growing = useLiveReply(message.id)
  const live = message.status === 'running' ? growing : undefined
  const edit = useEdit(message.id)
  const parts = live?.parts ?? partsOf(message)
  const status = live?.status ?? message.status
  const error = live?.error?.message ?? message.error_message
  const isRunning = status === 'running'
  const hasWords = message.content !== ''
  if (edit !== undefined) {
    return (
      <EditMessage
        message={message}
        words={edit}
        saveLabel={text(commonTexts.save)}
        onSave={async (content) => {
          await call('PATCH', `/api/conversations/${message.conversation_id}/messages/${message.id}`, {
            body: { content, reply: false },
          })
          await reloadConversation(message.conversation_id)
        }}
      />
    )
  }
  return (
    <article aria-label={text(chatTexts.reply)} aria-busy={isRunning} className="group">
      <Speaker message={message} kind={kind} />
      <Parts parts={parts} status={status} />
      <EndMark status={status} onResume={() => void resume(message)} />
      {status === 'failed' && <ReplyError message={message} text={error ?? text(chatTexts.failed)} />}
      {!isRunning && (
        <Actions isAlwaysShown={isLast}>
          {!isBeside && <BranchSwitch message={message} />}
          {hasWords && (
            <CopyButton size="small" value={message.content} shortcut={isLast ? bindings.copyReply : undefined} />
          )}
          <RegenerateMenu message={message} isLast={isLast} />
          {hasWords && <RatingButtons message={message} />}
          <ReadAloudButton message={message} />
          <MoreActions
            message={message}
            {...(hasWords ? { onEdit: () => setEdit(message.id, message.content) } : {})}
          />
          <Usage message={message} />
        </Actions>
      )}
    </article>
  )
}

function Speaker({ message, kind }: { readonly message: Message; readonly kind: 'personal' | 'group' }) {
  const modelName = useModelName(message.model_id)
  const bot = useBot(kind === 'group' ? message.sender_id : null)
  if (kind === 'personal') return <div className="mb-1 text-xs text-muted">{modelName}</div>
  const name = message.sender_name ?? modelName
  return (
    <div className="mb-1.5 flex items-center gap-2">
      <Avatar size="small" name={name} seed={message.sender_id ?? name} color={bot?.color ?? null} />
      <span className="text-sm font-semibold">{name}</span>
      <span className="text-xs text-muted">{modelName}</span>
    </div>
  )
}

interface EndMarkProps {
  readonly status: MessageStatus
  readonly onResume: () => void
}

function EndMark({ status, onResume }: EndMarkProps) {
  const text = useText()
  if (status !== 'stopped' && status !== 'interrupted') return null
  return (
    <div className="mt-2 flex items-center gap-2">
      <Badge tone="warning">{text(status === 'stopped' ? chatTexts.stopped : chatTexts.interrupted)}</Badge>
      <Button size="small" variant="ghost" onClick={onResume}>
        <Play aria-hidden className="size-3.5" />
        {text(chatTexts.goOn)}
      </Button>
    </div>
  )
}

function Usage({ message }: { readonly message: Message }) {
  const text = useText()
  const { showUsage } = useStore(preferences)
  if (!showUsage || message.output_tokens === 0) return null
  return (
    <span className="ml-2 text-xs text-muted tabular-nums">
      {text(chatTexts.usage, { count: formatNumber(message.input_tokens + message.output_tokens) })}
      {message.cost_usd > 0 && ` · ${formatCost(message.cost_usd)}`}
    </span>
  )
}
