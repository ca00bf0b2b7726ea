import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useText } from '../../i18n/language.ts'
import type { WireName } from '../api-types.ts'
import { Checks } from '../../ui/choice.tsx'
import { LinesField, MoreOptions, TextField } from '../form.tsx'
import type { DraftFieldsProps } from './account-draft.ts'

const openaiWires: readonly { value: WireName; label: string }[] = [
  { value: 'openai-chat', label: 'Chat Completions' },
  { value: 'openai-responses', label: 'Responses' },
]

/** Which models it serves, and when its turn is. */
export function UseFields({ draft, change }: DraftFieldsProps) {
  const text = useText()
  return (
    <>
      <LinesField
        name="models"
        label={text(accountTexts.modelsLabel)}
        hint={text(accountTexts.modelsHint)}
        rows={4}
        isCode
        value={draft.models}
        onType={(models) => change({ models })}
      />
      <div className="grid gap-4 sm:grid-cols-3">
        <TextField
          name="priority"
          label={text(accountTexts.priority)}
          hint={text(accountTexts.priorityHint)}
          inputMode="numeric"
          value={draft.priority}
          onType={(priority) => change({ priority })}
        />
        <TextField
          name="weight"
          label={text(accountTexts.weight)}
          hint={text(accountTexts.weightHint)}
          inputMode="numeric"
          value={draft.weight}
          onType={(weight) => change({ weight })}
        />
        <TextField
          name="max_concurrency"
          label={text(accountTexts.maxConcurrency)}
          placeholder={text(consoleTexts.unlimited)}
          inputMode="numeric"
          value={draft.maxConcurrency}
          onType={(maxConcurrency) => change({ maxConcurrency })}
        />
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          name="daily_budget"
          label={text(accountTexts.dailyBudget)}
          hint={text(accountTexts.dailyBudgetHint)}
          placeholder={text(consoleTexts.unlimited)}
          inputMode="decimal"
          value={draft.dailyBudget}
          onType={(dailyBudget) => change({ dailyBudget })}
        />
        <TextField
          name="groups"
          label={text(accountTexts.groups)}
          hint={text(accountTexts.groupsHint)}
          value={draft.groups}
          onType={(groups) => change({ groups })}
        />
      </div>
      <label className="flex items-start gap-2.5 text-sm">
        <input
          type="checkbox"
          checked={!draft.isSchedulable}
          onChange={(event) => change({ isSchedulable: !event.target.checked })}
          className="mt-0.5 size-4 accent-accent"
        />
        {text(accountTexts.onlyPinned)}
      </label>
      <RareFields draft={draft} change={change} />
    </>
  )
}

function RareFields({ draft, change }: DraftFieldsProps) {
  const text = useText()
  return (
    <MoreOptions isOpen={draft.headers !== '' || draft.notes !== '' || draft.tags !== ''}>
      {draft.kind === 'openai' && (
        <Checks
          label={text(accountTexts.wires)}
          hint={text(accountTexts.wiresHint)}
          choices={openaiWires}
          values={draft.wires}
          onChange={(wires) => change({ wires })}
        />
      )}
      {draft.kind !== 'simulator' && (
        <LinesField
          name="headers"
          label={text(accountTexts.headers)}
          hint={text(accountTexts.headersHint)}
          isCode
          value={draft.headers}
          onType={(headers) => change({ headers })}
        />
      )}
      <TextField
        name="tags"
        label={text(consoleTexts.tags)}
        hint={text(consoleTexts.tagsHint)}
        value={draft.tags}
        onType={(tags) => change({ tags })}
      />
      <LinesField
        name="notes"
        label={text(consoleTexts.notes)}
        value={draft.notes}
        onType={(notes) => change({ notes })}
      />
    </MoreOptions>
  )
}
