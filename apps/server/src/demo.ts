import type { App } from './app.ts'

/** What the demo's people find when they sign in for the first time: the real thing, said to the simulated model. */
const samples = [
  { title: '认识一下', language: 'zh', messages: ['你好！你能做什么？'] },
  { title: 'Trying things out', language: 'en', messages: ['Hello! What can you do?', '/tool'] },
] as const
const group = {
  name: '技术讨论组',
  botIds: ['bot-tech', 'bot-funny'],
  replyMode: 'all',
  message: '大家好！今天聊点什么？',
} as const

/** Gives each of these people sample conversations unless they have some. The replies are written while they look on. */
export async function addSamples({ chat, log }: Pick<App, 'chat' | 'log'>, userIds: readonly string[]): Promise<void> {
  for (const userId of userIds) {
    const { pagination } = await chat.conversations.list(userId, { page: 1, limit: 1 })
    if (pagination.total > 0) continue
    for (const { title, language, messages } of samples) {
      const conversation = await chat.conversations.create(userId, { title }, language)
      for (const content of messages) await say(chat, { userId, conversationId: conversation.id, content, language })
    }
    const { id } = await chat.groups.create(userId, group)
    await say(chat, { userId, conversationId: id, content: group.message, language: 'zh' })
  }
  log.info('the demo has its sample conversations')
}

type Said = Parameters<App['chat']['replies']['send']>[0]

/** Resolves when the reply is there: the next message is said after it. */
async function say(chat: App['chat'], message: Said): Promise<void> {
  const { runId } = await chat.replies.send(message)
  await chat.runs.ended(runId, AbortSignal.timeout(60_000))
}
