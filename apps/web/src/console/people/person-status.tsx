import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import type { Person } from '../api-types.ts'

/** What somebody is here: the role, and what else is to be known at a glance. */
export function PersonBadges({ person }: { readonly person: Person }) {
  const text = useText()
  return (
    <span className="flex flex-wrap gap-1">
      <Badge tone={person.role === 'admin' ? 'accent' : 'neutral'}>
        {text(person.role === 'admin' ? commonTexts.administrator : commonTexts.user)}
      </Badge>
      {person.mfa_enabled && <Badge tone="success">{text(peopleTexts.twoStep)}</Badge>}
      {person.status === 'pending' && <Badge tone="warning">{text(peopleTexts.statusPending)}</Badge>}
      {person.status === 'blocked' && <Badge tone="danger">{text(peopleTexts.blocked)}</Badge>}
    </span>
  )
}
