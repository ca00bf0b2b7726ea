import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useQuery } from '@tanstack/react-query'
import { Plus, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { ConsolePage } from '../console-page.tsx'
import { limitRulesQuery } from '../queries.ts'
import { LimitDialog } from './limit-dialog.tsx'
import { LimitTable } from './limit-table.tsx'

export function LimitsPage() {
  const text = useText()
  const [isAdding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery(limitRulesQuery)
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden className="size-4" />
      {text(limitTexts.add)}
    </Button>
  )
  return (
    <ConsolePage title={text(limitTexts.title)} lead={text(limitTexts.lead)} actions={add}>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <LimitTable
          rules={data}
          empty={
            <EmptyState
              icon={<ShieldCheck />}
              title={text(limitTexts.emptyTitle)}
              hint={text(limitTexts.emptyHint)}
              action={add}
            />
          }
        />
      )}
      {isAdding && <LimitDialog onClose={() => setAdding(false)} />}
    </ConsolePage>
  )
}
