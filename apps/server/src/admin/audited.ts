import type { FastifyRequest } from 'fastify'
import { principalOf } from '../http/guard.ts'
import type { Audit } from './audit.ts'

export interface Done {
  readonly action: string
  readonly targetId: string | null
  readonly detail?: object
  /** How it was before, whole: of it the fields that `detail` has are noted. */
  readonly before?: object
}

/** Notes that the signed-in admin did something. */
export async function auditBy(
  request: FastifyRequest,
  audit: Audit,
  { action, targetId, detail = {}, before }: Done,
): Promise<void> {
  const [targetKind = ''] = action.split('.')
  const { userId, via } = principalOf(request)
  await audit.record({
    actorId: userId,
    via,
    action,
    targetKind,
    targetId,
    detail,
    before: before && fieldsOf(before, detail),
    requestId: request.id,
    ip: request.ip,
  })
}

function fieldsOf(whole: object, like: object): object {
  return Object.fromEntries(Object.entries(whole).filter(([name]) => Object.hasOwn(like, name)))
}
