import { initial } from './001-initial.ts'
import { groups } from './002-groups.ts'
import { ledger } from './004-ledger.ts'
import { accountWires } from './006-account-wires.ts'
import { sharing } from './007-sharing.ts'
import { relayService } from './010-relay-service.ts'
import { conversationMarks } from './008-conversation-marks.ts'
import { storedResponses } from './009-stored-responses.ts'
import { search } from './011-search.ts'
import { ownModels } from './012-own-models.ts'
import { chatKeeping } from './013-chat-keeping.ts'
import { signIn } from './014-sign-in.ts'
import { attachments } from './020-attachments.ts'
import { responseCache } from './030-response-cache.ts'
import { failedAttempts } from './040-failed-attempts.ts'
import { pinRank } from './050-pin-rank.ts'
import { messageRatings } from './051-message-ratings.ts'
import { userGroups } from './060-user-groups.ts'
import { moderatedGroups } from './070-moderated-groups.ts'
import { invitations } from './080-invitations.ts'
import { callPlans } from './081-call-plans.ts'
import { modelFeatures } from './090-model-features.ts'
import { nodeCorrections } from './100-node-corrections.ts'
import { callOutcomes } from './105-call-outcomes.ts'
import { keyManagers } from './110-key-managers.ts'
import { sessionIndexes } from './111-session-indexes.ts'
import { conversationsById } from './112-conversations-by-id.ts'
import { searches } from './113-searches.ts'
import { serviceTier } from './114-service-tier.ts'
import { refreshLeases } from './115-refresh-leases.ts'
import { auditVia } from './116-audit-via.ts'
import type { SchemaMigration } from './migration.ts'

/**
 * All migrations by name; they run in the order of their names. A migration that has been released is never changed.
 * On SQLite foreign keys are not enforced while they run (a table can only be rebuilt then) and are checked afterwards.
 */
export const migrations: { readonly [name: string]: SchemaMigration } = {
  '001-initial': initial,
  '002-groups': groups,
  '004-ledger': ledger,
  '006-account-wires': accountWires,
  '007-sharing': sharing,
  '008-conversation-marks': conversationMarks,
  '009-stored-responses': storedResponses,
  '010-relay-service': relayService,
  '011-search': search,
  '012-own-models': ownModels,
  '013-chat-keeping': chatKeeping,
  '014-sign-in': signIn,
  '020-attachments': attachments,
  '030-response-cache': responseCache,
  '040-failed-attempts': failedAttempts,
  '050-pin-rank': pinRank,
  '051-message-ratings': messageRatings,
  '060-user-groups': userGroups,
  '070-moderated-groups': moderatedGroups,
  '080-invitations': invitations,
  '081-call-plans': callPlans,
  '090-model-features': modelFeatures,
  '100-node-corrections': nodeCorrections,
  '105-call-outcomes': callOutcomes,
  '110-key-managers': keyManagers,
  '111-session-indexes': sessionIndexes,
  '112-conversations-by-id': conversationsById,
  '113-searches': searches,
  '114-service-tier': serviceTier,
  '115-refresh-leases': refreshLeases,
  '116-audit-via': auditVia,
}
