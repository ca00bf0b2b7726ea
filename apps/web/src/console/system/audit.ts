import type { LimitPer, LimitWhat } from '@parley/contract'
import { auditKinds, auditVerbs } from '@parley/contract/page-texts/console-operations.ts'
import { settingLabels } from '@parley/contract/page-texts/console-settings.ts'
import type { Text } from '../../i18n/language.ts'
import type { KeyLimit } from '../api-types.ts'
import { limitText } from '../keys/limit-texts.ts'
import { nameOfSubject } from '../limits/subjects.ts'
import type { Names } from '../names.ts'
import { pagesQuery } from '../queries.ts'

export interface AuditEntry {
  readonly id: string
  readonly at: string
  /** Null: the server itself. */
  readonly actor_id: string | null
  readonly actor_email: string | null
  /** What was done: `user.update`. */
  readonly action: string
  readonly subject_kind: string
  readonly subject_id: string | null
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>>
  readonly request_id: string | null
  readonly ip: string | null
  /** The command line, in the actor's name; null: the actor. */
  readonly via: 'cli' | null
}

export interface AuditFilter {
  readonly actor_id: string | undefined
  readonly action: string | undefined
  readonly from: string | undefined
  readonly to: string | undefined
}

export function auditQuery(filter: AuditFilter) {
  return pagesQuery({
    name: ['audit', filter],
    path: '/admin/audit',
    filter: { ...filter },
    idOf: ({ id }: AuditEntry) => id,
  })
}

/** “User changed”; what is not known yet stays in the server's word. */
export function actionText(action: string, text: Text): string {
  const [kind = '', verb = ''] = action.split('.')
  const known = { kind: auditKinds[kind], verb: auditVerbs[verb] }
  if (known.kind === undefined || known.verb === undefined) return action
  return text({ en: '{kind} {verb}', zh: '{verb}{kind}' }, known as Record<string, { en: string; zh: string }>)
}

/** Of limits and charges it is whose they are; of settings, which. */
export function subjectName(entry: AuditEntry, names: Names, text: Text): string {
  const { subject_kind: kind, subject_id: id, before, after } = entry
  const name = after['name'] ?? before?.['name'] ?? after['email']
  if (typeof name === 'string') return name
  if (kind === 'settings') return Object.keys(after).map(settingName(text)).join(', ')
  const { subject_kind: whose, subject_id: who } = after
  if (typeof whose === 'string' && typeof who === 'string') {
    const owner = nameOfSubject(names, whose, who)
    return kind === 'limit' ? `${owner}: ${limitText(limitOf(after), text)}` : owner
  }
  if (id === null) return '–'
  const nameOf: Readonly<Record<string, (id: string) => string>> = {
    user: names.person,
    account: names.account,
    api_key: names.key,
    group: names.group,
  }
  return nameOf[kind]?.(id) ?? id
}

const settingName =
  (text: Text) =>
  (field: string): string => {
    const label = Object.entries(settingLabels).find(([name]) => name === field)?.[1]
    return label === undefined ? field : text(label)
  }

function limitOf({ what, per, max }: Readonly<Record<string, unknown>>): KeyLimit {
  return { what: what as LimitWhat, per: (per ?? 'total') as LimitPer, max: Number(max) }
}

export interface FieldChange {
  readonly field: string
  readonly before: string
  readonly after: string
}

/** What is another than before; all of it when nothing was there before. */
export function changesOf({ before, after }: AuditEntry): readonly FieldChange[] {
  return Object.entries(after)
    .map(([field, value]) => ({ field, before: before === null ? '' : shown(before[field]), after: shown(value) }))
    .filter((change) => before === null || change.before !== change.after)
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
