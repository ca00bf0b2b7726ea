import { memo } from 'react'
import type { Message } from '../../api/types.ts'
import { AssistantMessage } from './assistant-message.tsx'
import { UserMessage } from './user-message.tsx'

export interface MessageRowProps {
  readonly message: Message
  readonly kind: 'personal' | 'group'
  readonly isLast: boolean
}

export const MessageRow = memo(function MessageRow({ message, kind, isLast }: MessageRowProps) {
  if (message.role === 'user') return <UserMessage message={message} />
  return <AssistantMessage message={message} kind={kind} isLast={isLast} />
})
