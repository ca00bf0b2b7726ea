import type { Config } from '../config/config.ts'
import type { Routes } from '../http/api.ts'
import type { Chat } from './chat.ts'
import { attachmentRoutes } from './attachments/routes.ts'
import { conversationRoutes } from './conversations/routes.ts'
import { createDialects, type DialectsConfig } from './dialects/dialects.ts'
import { chatRoute } from './doors/chat-route.ts'
import { chatStreamRoutes } from './doors/chat-stream-routes.ts'
import { sessionRoutes } from './doors/session-routes.ts'
import { feedRoutes } from './feed/routes.ts'
import { botRoutes } from './groups/bot-routes.ts'
import { groupRoutes } from './groups/routes.ts'
import { branchRoutes } from './messages/branch-routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { createStreamRun } from './runs/stream-run.ts'
import { searchRoutes } from './search/routes.ts'
import { sharingRoutes } from './sharing/routes.ts'
import type { Streaming } from './streaming.ts'
import { syncRoutes } from './sync/routes.ts'
import { templateRoutes } from './templates/routes.ts'
import { transferRoutes } from './transfer/routes.ts'
import { undoRoutes } from './undo/routes.ts'

export interface ChatRoutesConfig {
  readonly chat: DialectsConfig & Pick<Config['chat'], 'requestsPerMinute'>
  readonly relay: Pick<Config['relay'], 'heartbeatMs'>
}

/** Everything of the chat below `/api`. */
export function chatRoutes(chat: Chat, config: ChatRoutesConfig): Routes {
  const streaming: Streaming = {
    streamRun: createStreamRun({ runs: chat.runs, heartbeatMs: config.relay.heartbeatMs }),
    dialects: createDialects(config.chat),
    limit: { name: 'chat', max: () => config.chat.requestsPerMinute, windowMs: 60_000, by: 'user' },
  }
  const features = [
    conversationRoutes(chat),
    attachmentRoutes(chat),
    messageRoutes(chat, streaming),
    branchRoutes(chat, streaming),
    runRoutes(chat, streaming),
    chatRoute(chat, streaming),
    chatStreamRoutes(chat, streaming),
    sessionRoutes(chat),
    botRoutes(chat),
    groupRoutes(chat, streaming),
    feedRoutes(chat, config.relay),
    searchRoutes(chat),
    transferRoutes(chat),
    undoRoutes(chat),
    syncRoutes(chat),
    sharingRoutes(chat),
    templateRoutes(chat),
  ]
  return async (app) => {
    for (const register of features) await register(app)
  }
}
