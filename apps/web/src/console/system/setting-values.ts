/** How settings are shown and typed, by what they are. */
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { type settingLabels, settingTexts } from '@parley/contract/page-texts/console-settings.ts'
import { formatBytes, formatDuration, formatNumber } from '../../i18n/format.ts'
import type { Message, Text } from '../../i18n/language.ts'
import type { Banner, SettingState, SettingValue } from '../api-types.ts'
import { readList, readSentences, tryNumber } from '../form-text.ts'

export type SettingField = keyof typeof settingLabels
export type SettingKind = 'switch' | 'number' | 'list' | 'model' | 'group' | 'choice' | 'banner' | 'lines'

interface FieldRule {
  readonly kind: SettingKind
  /** Nothing may be typed: there is none then. */
  readonly isOptional?: true
  /** What may be chosen, and what it is called. */
  readonly choices?: Readonly<Record<string, Message>>
}

export const fieldRules: Readonly<Record<SettingField, FieldRule>> = {
  registration_open: { kind: 'switch' },
  single_user: { kind: 'switch' },
  registration_approval: { kind: 'switch' },
  allowed_email_domains: { kind: 'list' },
  default_role: { kind: 'choice', choices: { user: commonTexts.user, admin: commonTexts.administrator } },
  default_group_id: { kind: 'group', isOptional: true },
  default_token_quota: { kind: 'number' },
  sign_ins_per_minute: { kind: 'number' },
  retention_days: { kind: 'number', isOptional: true },
  default_model: { kind: 'model' },
  title_model: { kind: 'model', isOptional: true },
  chat_requests_per_minute: { kind: 'number' },
  completion_timeout_ms: { kind: 'number' },
  completion_retries: { kind: 'number' },
  attachment_max_bytes: { kind: 'number' },
  attachment_quota_bytes: { kind: 'number' },
  provider_first_byte_timeout_ms: { kind: 'number' },
  provider_max_idle_ms: { kind: 'number' },
  provider_timeout_ms: { kind: 'number' },
  provider_slot_wait_ms: { kind: 'number' },
  provider_max_attempts: { kind: 'number' },
  response_cache_seconds: { kind: 'number' },
  unpriced_models: { kind: 'choice', choices: { serve: settingTexts.serve, refuse: settingTexts.refuse } },
  banner: { kind: 'banner', isOptional: true },
  suggestions_en: { kind: 'lines' },
  suggestions_zh: { kind: 'lines' },
}

export function fieldOf({ field }: SettingState): SettingField | undefined {
  return field !== null && field in fieldRules ? (field as SettingField) : undefined
}

export function bannerOf(value: SettingValue): Banner | undefined {
  return typeof value === 'object' && value !== null && 'text' in value ? value : undefined
}

/** What a person reads: "30 s" of 30000 milliseconds. */
export function settingText(value: SettingValue, state: SettingState, text: Text): string {
  const field = fieldOf(state)
  const choices = field === undefined ? undefined : fieldRules[field].choices
  const choice = typeof value === 'string' ? choices?.[value] : undefined
  if (choice !== undefined) return text(choice)
  if (value === true || value === 'true') return text(settingTexts.on)
  if (value === false || value === 'false') return text(settingTexts.off)
  const typed = typedOf(value).replaceAll('\n', ', ')
  if (typed === '') return text(settingTexts.unset)
  const amount = Number(typed)
  return Number.isFinite(amount) ? amountText(amount, state.name) : typed
}

function amountText(amount: number, name: string): string {
  // Nothing has no unit: what it means stands in the setting’s help.
  if (amount === 0) return formatNumber(0)
  if (/_ms$/i.test(name)) return formatDuration(amount)
  if (/_seconds$/i.test(name)) return formatDuration(amount * 1000)
  if (/_bytes$/i.test(name)) return formatBytes(amount)
  // A port is no amount.
  return formatNumber(amount, { useGrouping: !/port$/i.test(name) })
}

/** As it is typed. */
export function typedOf(value: SettingValue): string {
  if (typeof value !== 'object') return String(value)
  if (value === null) return ''
  return 'text' in value ? value.text : value.join('\n')
}

/** What the server takes; what is none is refused there, by the name of the field. */
export function valueOf(typed: string, { kind, isOptional }: FieldRule, tone: Banner['tone']): unknown {
  const trimmed = typed.trim()
  if (isOptional === true && trimmed === '') return null
  if (kind === 'list') return readList(typed)
  if (kind === 'lines') return readSentences(typed)
  if (kind === 'banner') return { text: trimmed, tone }
  return kind === 'number' ? (tryNumber(typed) ?? typed) : trimmed
}
