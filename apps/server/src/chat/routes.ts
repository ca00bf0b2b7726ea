import type { Config } from '../config/config.ts'
import type { Routes } from '../http/api.ts'
import type { Chat } from './chat.ts'
import { conversationRoutes } from './conversations/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { createStreamRun } from './runs/stream-run.ts'

export interface ChatRoutesConfig {
  readonly chat: Pick<Config['chat'], 'requestsPerMinute'>
  readonly relay: Pick<Config['relay'], 'heartbeatMs'>
}

/** Everything of the chat below `/api`. */
export function chatRoutes(chat: Chat, config: ChatRoutesConfig): Routes {
  const streamRun = createStreamRun({ runs: chat.runs, heartbeatMs: config.relay.heartbeatMs })
  const limit = { name: 'chat', max: config.chat.requestsPerMinute, windowMs: 60_000, by: 'user' as const }
  const features = [conversationRoutes(chat), messageRoutes(chat, { streamRun, limit }), runRoutes(chat, streamRun)]
  return async (app) => {
    for (const register of features) await register(app)
  }
}
