import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import type { Text } from '../../i18n/language.ts'
import type { UserGroup } from '../api-types.ts'

export function modelsText({ models }: UserGroup, text: Text): string {
  if (models === null) return text(groupTexts.allModels)
  return models.length === 0 ? text(groupTexts.noModels) : models.join(', ')
}
