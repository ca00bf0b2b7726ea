import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import type { ApiKey } from '../api-types.ts'
import type { KeyState } from '../queries.ts'

export const keyStateTexts: Record<KeyState, Message> = {
  enabled: keyTexts.stateEnabled,
  disabled: keyTexts.stateDisabled,
  expired: keyTexts.stateExpired,
  deleted: keyTexts.stateDeleted,
}
const tones: Record<KeyState, Tone> = { enabled: 'success', disabled: 'neutral', expired: 'warning', deleted: 'danger' }

export function stateOfKey(key: ApiKey, now: number = Date.now()): KeyState {
  if (key.deleted_at !== null) return 'deleted'
  if (!key.enabled) return 'disabled'
  return key.ends_at !== null && Date.parse(key.ends_at) <= now ? 'expired' : 'enabled'
}

export function KeyStateBadge({ apiKey }: { readonly apiKey: ApiKey }) {
  const text = useText()
  const state = stateOfKey(apiKey)
  return <Badge tone={tones[state]}>{text(keyStateTexts[state])}</Badge>
}
