import { memo } from 'react'
import type { ConversationWithMessages, Message } from '../../api/types.ts'
import { AssistantMessage } from './assistant-message.tsx'
import { UserMessage } from './user-message.tsx'

export interface MessageRowProps {
  readonly message: Message
  readonly conversation: ConversationWithMessages
  readonly isLast: boolean
}

export const MessageRow = memo(
  function MessageRow({ message, conversation, isLast }: MessageRowProps) {
    return message.role === 'user' ? (
      <UserMessage message={message} />
    ) : (
      <AssistantMessage message={message} kind={conversation.kind} isLast={isLast} />
    )
  },
  (before, after) =>
    before.message === after.message &&
    before.isLast === after.isLast &&
    before.conversation.kind === after.conversation.kind,
)
