import type { FastifyInstance } from 'fastify'
import { anthropicDoor } from './doors/anthropic.ts'
import { geminiDoor } from './doors/gemini.ts'
import { keyUsageDoor } from './doors/key-usage.ts'
import { modelsDoor } from './doors/models.ts'
import { openaiChatDoor } from './doors/openai-chat.ts'
import { openaiResponsesDoor } from './doors/openai-responses.ts'
import type { DoorParts } from './doors/wire-door.ts'

/** The relay's doors, at the root and, the same, below `/api`: both base URLs are in use. */
export async function relayRoutes(app: FastifyInstance, parts: DoorParts): Promise<void> {
  for (const prefix of ['', '/api']) {
    await app.register(anthropicDoor(parts), { prefix })
    await app.register(openaiChatDoor(parts), { prefix })
    await app.register(openaiResponsesDoor(parts), { prefix })
    await app.register(geminiDoor(parts), { prefix })
    await app.register(modelsDoor(parts), { prefix })
    await app.register(keyUsageDoor(parts), { prefix })
  }
}
