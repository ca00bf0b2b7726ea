import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { Pencil, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { call } from '../../api/client.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { LimitRule } from '../api-types.ts'
import { limitText } from '../keys/limit-texts.ts'
import { type Names, useNames } from '../names.ts'
import { useAction } from '../queries.ts'
import { LimitDialog } from './limit-dialog.tsx'
import { kindText, nameOfSubject } from './subjects.ts'

export interface LimitTableProps {
  /** Undefined while they are on their way. */
  readonly rules: readonly LimitRule[] | undefined
  readonly empty: ReactNode
  /** They are all of the one that the page is about: of a group it is said whether they are for each, else nothing. */
  readonly ofOne?: 'group' | 'other'
}

/** Limits that are not on keys, each with buttons that change it and take it away. */
export function LimitTable({ rules, empty, ofOne }: LimitTableProps) {
  const text = useText()
  const names = useNames()
  const [changed, setChanged] = useState<LimitRule>()
  const [removed, setRemoved] = useState<LimitRule>()
  const remove = useAction({ run: (id: string) => call('DELETE', `/admin/limits/${id}`), changes: ['limits'] })
  return (
    <>
      <Table
        caption={text(limitTexts.title)}
        columns={columnsOf({ text, names, ofOne, change: setChanged, remove: setRemoved }).filter(
          ({ id }) => id !== 'subject' || ofOne !== 'other',
        )}
        rows={rules}
        keyOf={(rule) => rule.id}
        empty={empty}
      />
      {changed !== undefined && <LimitDialog rule={changed} onClose={() => setChanged(undefined)} />}
      {removed !== undefined && (
        <Confirm
          isOpen
          onClose={() => setRemoved(undefined)}
          title={text(limitTexts.removeTitle)}
          description={`${nameOfSubject(names, removed.subject_kind, removed.subject_id)}: ${limitText(removed, text)}`}
          confirmLabel={text(consoleTexts.remove)}
          onConfirm={() => remove.mutateAsync(removed.id)}
        />
      )}
    </>
  )
}

interface ColumnsOptions {
  readonly text: Text
  readonly names: Names
  readonly ofOne: LimitTableProps['ofOne']
  readonly change: (rule: LimitRule) => void
  readonly remove: (rule: LimitRule) => void
}

function columnsOf({ text, names, ofOne, change, remove }: ColumnsOptions): Column<LimitRule>[] {
  return [
    {
      id: 'subject',
      header: text(limitTexts.subject),
      cell: (rule) => {
        const kind = kindText(rule.subject_kind, text)
        if (ofOne !== undefined) return kind
        return (
          <>
            <span className="block max-w-72 truncate font-medium">
              {nameOfSubject(names, rule.subject_kind, rule.subject_id)}
            </span>
            <span className="block text-xs text-muted">{kind}</span>
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
        <span className="inline-flex">
          <IconButton
            size="small"
            label={`${text(commonTexts.edit)}: ${nameOfSubject(names, rule.subject_kind, rule.subject_id)}`}
            onClick={() => change(rule)}
          >
            <Pencil aria-hidden className="size-4" />
          </IconButton>
          <IconButton
            size="small"
            label={`${text(consoleTexts.remove)}: ${nameOfSubject(names, rule.subject_kind, rule.subject_id)}`}
            onClick={() => remove(rule)}
          >
            <Trash2 aria-hidden className="size-4" />
          </IconButton>
        </span>
      ),
    },
  ]
}
