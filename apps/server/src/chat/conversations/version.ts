/**
 * `If-Match` on writes: a conversation is changed only as its writer has seen it. The version is compared while the writer
 * holds the conversation, so that of two who have seen the same, one passes.
 */
import { fieldFaults, invalidField, ParleyError } from '@parley/contract'
import { z } from 'zod'
import type { Connection } from '../../store/store.ts'
import { presentConversation } from './present.ts'
import { type ConversationRow, tagsOf } from './repository.ts'

/** Of the routes that call `tryVersion`, for their description. */
export const versionHeaders = z.object({
  'if-match': z
    .string()
    .optional()
    .describe(
      'The version that you have seen, as in "7". If it has changed since, 409 with the current state in `details`.',
    ),
})

/** `If-Match: "7"`; quotes are optional, `*` asks for nothing. Throws ParleyError when it is anything else. */
export function tryVersion(headers: z.output<typeof versionHeaders>): number | undefined {
  const header = headers['if-match']?.trim()
  if (header === undefined || header === '*') return undefined
  const version = /^(?:W\/)?(?:"(\d{1,15})"|(\d{1,15}))$/.exec(header)
  if (version === null) throw invalidField('If-Match', fieldFaults.notVersion)
  return Number(version[1] ?? version[2])
}

/** Throws ParleyError with the conversation as it is when it is another version; undefined: any will do. */
export async function assertVersion(
  row: ConversationRow,
  version: number | undefined,
  connection: Connection,
): Promise<void> {
  if (version === undefined || row.version === version) return
  const tags = await tagsOf([row.id], connection)
  throw new ParleyError('conflict', { details: { current: presentConversation(row, tags.get(row.id) ?? []) } })
}
