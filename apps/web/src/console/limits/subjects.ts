import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import type { Message, Text } from '../../i18n/language.ts'
import type { LimitRule } from '../api-types.ts'
import type { Names } from '../names.ts'

export const subjectKindTexts: Readonly<Record<string, Message>> = {
  user: limitTexts.ofUser,
  group: limitTexts.ofGroup,
  member: limitTexts.ofMember,
  account: limitTexts.ofAccount,
  model: limitTexts.ofModel,
  key: limitTexts.ofKey,
}

export function nameOfSubject(names: Names, kind: string, id: string): string {
  if (kind === 'user') return names.person(id)
  if (kind === 'group' || kind === 'member') return names.group(id)
  if (kind === 'account') return names.account(id)
  return kind === 'key' ? names.key(id) : id
}

export function kindText(kind: string, text: Text): string {
  const known = subjectKindTexts[kind]
  return known === undefined ? kind : text(known)
}

/** “Group, each member: Research”. */
export function subjectText({ subject_kind: kind, subject_id: id }: LimitRule, names: Names, text: Text): string {
  return text(limitTexts.subjectText, { kind: kindText(kind, text), name: nameOfSubject(names, kind, id) })
}
