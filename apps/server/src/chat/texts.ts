import { type ErrorCode, errorTable, formatMessage, type Language, type Message } from '@parley/contract'
import type { RunError } from './runs/run-event.ts'

export const texts = {
  defaultTitle: { en: 'New conversation', zh: '新对话' },
  conversation: { en: 'Conversation', zh: '对话' },
  message: { en: 'Message', zh: '消息' },
  group: { en: 'Group', zh: '群组' },
  bot: { en: 'Bot', zh: '机器人' },
  unfinishedReply: { en: 'An unfinished reply', zh: '未完成的回复' },
  share: { en: 'Shared conversation', zh: '分享的对话' },
  attachment: { en: 'File', zh: '文件' },
  template: { en: 'Template', zh: '模板' },
  runLog: {
    en: 'The log of this run (kept for 7 days; its messages are in the conversation)',
    zh: '该生成任务的日志（保留 7 天，消息仍在对话中）',
  },
  run: { en: 'Run', zh: '生成任务' },
} as const satisfies { readonly [name: string]: Message }

/** What an upstream does, in words of ours: its own say what the inside looks like, in a language of its own. */
const upstreamCodes: { readonly [kind: string]: ErrorCode } = {
  server: 'upstream_failed',
  overloaded: 'upstream_failed',
  unavailable: 'upstream_failed',
  timeout: 'upstream_timeout',
}

/** An engine's error as the person who asked reads it. */
export function describeError(error: RunError, language: Language): RunError {
  const code = upstreamCodes[error.code] ?? error.code
  const definition: Message | undefined = Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode] : undefined
  // Without its parameters such a text cannot be said again; then the English one that comes with the error stands.
  const canBeSaid = definition !== undefined && (error.parameters !== undefined || !definition.en.includes('{'))
  return canBeSaid ? { ...error, code, message: formatMessage(definition, language, error.parameters) } : error
}
