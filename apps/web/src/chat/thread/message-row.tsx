import { useQuery } from '@tanstack/react-query'
import { memo } from 'react'
import type { Message } from '../../api/types.ts'
import { AssistantMessage } from './assistant-message.tsx'
import { alternativesQuery } from '../data/queries.ts'
import { SideBySide } from './side-by-side.tsx'
import { UserMessage } from './user-message.tsx'

export interface MessageRowProps {
  readonly message: Message
  readonly kind: 'personal' | 'group'
  readonly isLast: boolean
}

export const MessageRow = memo(function MessageRow({ message, kind, isLast }: MessageRowProps) {
  if (message.role === 'user') return <UserMessage message={message} />
  if (isLast && kind === 'personal' && message.sibling_ids.length > 1) return <LastReply message={message} />
  return <AssistantMessage message={message} kind={kind} isLast={isLast} />
})

/** With those that were asked for at the same moment beside it, until somebody goes on with one of them. */
function LastReply({ message }: { readonly message: Message }) {
  const { data: alternatives = [] } = useQuery(alternativesQuery(message))
  const together = alternatives.filter(({ created_at: time }) => time === message.created_at)
  if (together.length < 2) return <AssistantMessage message={message} kind="personal" isLast />
  return <SideBySide replies={together} shownId={message.id} />
}
