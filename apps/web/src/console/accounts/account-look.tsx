import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import type { AccountKind, AccountState } from '../api-types.ts'

export const kindTexts: Record<AccountKind, Message> = {
  anthropic: accountTexts.kindAnthropic,
  openai: accountTexts.kindOpenai,
  'azure-openai': accountTexts.kindAzure,
  gemini: accountTexts.kindGemini,
  simulator: accountTexts.kindSimulator,
}

const states: Record<AccountState, readonly [Message, Tone]> = {
  ready: [accountTexts.stateReady, 'success'],
  paused: [accountTexts.statePaused, 'neutral'],
  limited: [accountTexts.stateLimited, 'warning'],
  out: [accountTexts.stateOut, 'danger'],
  broken: [accountTexts.stateBroken, 'danger'],
}

export function AccountStateBadge({ state }: { readonly state: AccountState }) {
  const text = useText()
  const [label, tone] = states[state]
  return (
    <Badge tone={tone}>
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {text(label)}
    </Badge>
  )
}
