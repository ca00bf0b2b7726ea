import { fieldFaults, invalidField } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { idParams } from '../identity/schema.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'
import { type Estate, removeUser, type UserRemovalParts } from './user-removal.ts'

const config = { access: 'admin' } as const

const estateQuery = z.object({
  conversations: z
    .enum(['delete', 'transfer'])
    .optional()
    .describe('Has to be said: they are deleted, or somebody else’s from then on, with files, bots and templates.'),
  transfer_to: z.string().max(64).optional().describe('Whose they are then.'),
})

const removedSchema = z
  .object({ conversations: z.int().describe('Deleted or given away'), keys: z.int().describe('That work no longer') })
  .meta({ id: 'RemovedUser' })

export interface UserRemovalRoutesParts extends UserRemovalParts {
  readonly audit: Audit
}

export function userRemovalRoutes(parts: UserRemovalRoutesParts) {
  return (app: ApiInstance): void => {
    app.delete(
      '/users/:id',
      {
        config,
        schema: {
          tags: ['users'],
          summary: 'Delete a user',
          description:
            'Signs them out and ends their keys at once. What they used stays in the ledger. Broken off, it can be done again.',
          params: idParams,
          querystring: estateQuery,
          response: { 200: removedSchema },
        },
      },
      async (request) => {
        const { id } = request.params
        const { email } = await parts.people.get(id)
        const estate = estateOf(request.query)
        const note = (detail: object) =>
          auditBy(request, parts.audit, {
            action: 'user.delete',
            targetId: id,
            detail: { email, ...request.query, ...detail },
          })
        try {
          const { conversations, keys } = await removeUser(id, estate, parts)
          await note({ removed: { conversations, keys } })
          return { conversations, keys }
        } catch (error) {
          // Some of it may have been done.
          await note({ broken_off: true })
          throw error
        }
      },
    )
  }
}

function estateOf({ conversations, transfer_to: heirId }: z.output<typeof estateQuery>): Estate {
  if (conversations === undefined)
    throw invalidField('conversations', fieldFaults.notOneOf, { values: 'delete, transfer' })
  if (conversations === 'delete') return { kind: 'delete' }
  if (heirId === undefined) throw invalidField('transfer_to', fieldFaults.heirMissing)
  return { kind: 'transfer', heirId }
}
