import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Plus, ShieldCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { LimitRule } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { limitText } from '../keys/limit-texts.ts'
import { type Names, useNames } from '../names.ts'
import { limitRulesQuery, useAction } from '../queries.ts'
import { LimitDialog } from './limit-dialog.tsx'
import { nameOfSubject, subjectKindTexts } from './subjects.ts'

export function LimitsPage() {
  const text = useText()
  const names = useNames()
  const [isAdding, setAdding] = useState(false)
  const [removed, setRemoved] = useState<LimitRule>()
  const { data, error, refetch } = useQuery(limitRulesQuery)
  const remove = useAction({ run: (id: string) => call('DELETE', `/admin/limits/${id}`), changes: ['limits'] })
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
        <Table
          caption={text(limitTexts.title)}
          columns={columnsOf(text, names, setRemoved)}
          rows={data}
          keyOf={(rule) => rule.id}
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
      {removed !== undefined && (
        <Confirm
          isOpen
          onClose={() => setRemoved(undefined)}
          title={text(limitTexts.removeTitle)}
          description={`${nameOfSubject(names, removed.subject_kind, removed.subject_id)}: ${limitText(removed, text)}`}
          confirmLabel={text(consoleTexts.remove)}
          onConfirm={() => remove.mutate(removed.id)}
        />
      )}
    </ConsolePage>
  )
}

function columnsOf(text: Text, names: Names, remove: (rule: LimitRule) => void): Column<LimitRule>[] {
  return [
    {
      id: 'subject',
      header: text(limitTexts.subject),
      cell: (rule) => {
        const kind = subjectKindTexts[rule.subject_kind]
        return (
          <>
            <span className="block max-w-72 truncate font-medium">
              {nameOfSubject(names, rule.subject_kind, rule.subject_id)}
            </span>
            <span className="block text-xs text-muted">{kind === undefined ? rule.subject_kind : text(kind)}</span>
          </>
        )
      },
    },
    { id: 'limit', header: text(limitTexts.limit), cell: (rule) => limitText(rule, text) },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (rule) => (
        <IconButton
          size="small"
          label={`${text(consoleTexts.remove)}: ${nameOfSubject(names, rule.subject_kind, rule.subject_id)}`}
          onClick={() => remove(rule)}
        >
          <Trash2 aria-hidden className="size-4" />
        </IconButton>
      ),
    },
  ]
}
