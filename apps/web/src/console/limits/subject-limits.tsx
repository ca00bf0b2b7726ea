import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useQuery } from '@tanstack/react-query'
import { Plus, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import type { LimitRule } from '../api-types.ts'
import { Section } from '../console-page.tsx'
import { limitRulesQuery } from '../queries.ts'
import { LimitDialog, type LimitSubjectId } from './limit-dialog.tsx'
import { LimitTable } from './limit-table.tsx'

export interface SubjectLimitsProps {
  readonly subject: LimitSubjectId
  /** What an empty table says besides. */
  readonly emptyHint?: string
}

/** The limits of the one that a page is about, to add to, to change and to take away. */
export function SubjectLimits({ subject, emptyHint }: SubjectLimitsProps) {
  const text = useText()
  const [isAdding, setAdding] = useState(false)
  const { data } = useQuery(limitRulesQuery)
  return (
    <Section
      title={text(limitTexts.title)}
      actions={
        <Button size="small" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          {text(limitTexts.add)}
        </Button>
      }
    >
      <LimitTable
        ofOne={subject.kind === 'group' ? 'group' : 'other'}
        rules={data && limitsOf(subject, data)}
        empty={
          <EmptyState icon={<ShieldCheck />} title={text(limitTexts.none)} {...(emptyHint && { hint: emptyHint })} />
        }
      />
      {isAdding && <LimitDialog subject={subject} onClose={() => setAdding(false)} />}
    </Section>
  )
}

/** Of a group those of all together and of each. */
export function limitsOf({ kind, id }: LimitSubjectId, rules: readonly LimitRule[]): readonly LimitRule[] {
  return rules.filter((rule) => {
    const isOfKind = rule.subject_kind === kind || (kind === 'group' && rule.subject_kind === 'member')
    return isOfKind && rule.subject_id === id
  })
}
