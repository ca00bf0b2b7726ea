import type { FastifyRequest } from 'fastify'
import { principalOf } from '../http/guard.ts'
import type { Audit } from './audit.ts'

/** Notes that the signed-in admin did something. */
export async function auditBy(
  request: FastifyRequest,
  audit: Audit,
  done: { readonly action: string; readonly targetId: string | null; readonly detail?: object },
): Promise<void> {
  const [targetKind = ''] = done.action.split('.')
  const { action, targetId, detail = {} } = done
  await audit.record({ actorId: principalOf(request).userId, action, targetKind, targetId, detail, ip: request.ip })
}
