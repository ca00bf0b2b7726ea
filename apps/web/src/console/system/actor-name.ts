import { auditTexts } from '@parley/contract/page-texts/console-operations.ts'
import type { Text } from '../../i18n/language.ts'
import type { Names } from '../names.ts'
import type { AuditEntry } from './audit.ts'

/** Who did it; the command line does what it does in an administrator's name. */
export function actorName(
  { actor_id: id, actor_email: email, via }: Pick<AuditEntry, 'actor_id' | 'actor_email' | 'via'>,
  names: Pick<Names, 'person'>,
  text: Text,
): string {
  if (id === null) return text(auditTexts.nobody)
  const name = email ?? names.person(id)
  return via === 'cli' ? text(auditTexts.byCommand, { name }) : name
}
