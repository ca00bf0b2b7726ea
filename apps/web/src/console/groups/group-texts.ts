import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import type { Text } from '../../i18n/language.ts'
import type { LimitRule, UserGroup } from '../api-types.ts'

export function modelsText({ models }: UserGroup, text: Text): string {
  if (models === null) return text(groupTexts.allModels)
  return models.length === 0 ? text(groupTexts.noModels) : models.join(', ')
}

export function limitsOf(groupId: string, rules: readonly LimitRule[]): readonly LimitRule[] {
  return rules.filter(
    ({ subject_kind: kind, subject_id: id }) => (kind === 'group' || kind === 'member') && id === groupId,
  )
}
