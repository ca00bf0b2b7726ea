import { type LimitPer, limitPeriods, limitPers, type LimitWhat, limitWhats } from '@parley/contract'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { Plus, X } from 'lucide-react'
import { useId } from 'react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Input, Select, useFieldProblem } from '../../ui/field.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import type { LimitDraft } from './key-draft.ts'
import { subjectTexts } from './limit-texts.ts'

export interface LimitsEditorProps {
  readonly limits: readonly LimitDraft[]
  readonly onChange: (limits: readonly LimitDraft[]) => void
}

export function LimitsEditor({ limits, onChange }: LimitsEditorProps) {
  const text = useText()
  const add = () => {
    const id = Math.max(-1, ...limits.map((limit) => limit.id)) + 1
    onChange([...limits, { id, what: id === 0 ? 'requests' : 'cost', per: id === 0 ? 'minute' : 'month', max: '' }])
  }
  const change = (id: number, changes: Partial<LimitDraft>) =>
    onChange(limits.map((limit) => (limit.id === id ? { ...limit, ...changes } : limit)))
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{text(keyTexts.limits)}</legend>
      {limits.map((limit, index) => (
        <LimitRow
          key={limit.id}
          name={`limits.${index}.max`}
          limit={limit}
          onChange={(changes) => change(limit.id, changes)}
          onRemove={() => onChange(limits.filter(({ id }) => id !== limit.id))}
        />
      ))}
      <div className="flex flex-wrap items-center gap-3">
        <Button size="small" onClick={add}>
          <Plus aria-hidden className="size-4" />
          {text(keyTexts.addLimit)}
        </Button>
        <p className="min-w-0 flex-1 basis-48 text-sm text-muted">{text(keyTexts.limitsHint)}</p>
      </div>
    </fieldset>
  )
}

interface LimitRowProps {
  /** Of its amount, as the server calls it. */
  readonly name: string
  readonly limit: LimitDraft
  readonly onChange: (changes: Partial<LimitDraft>) => void
  readonly onRemove: () => void
}

function LimitRow({ name, limit, onChange, onRemove }: LimitRowProps) {
  const text = useText()
  const problem = useFieldProblem(name)
  const problemId = useId()
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-center gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)_auto]">
      <Select
        aria-label={text(keyTexts.limitWhat)}
        value={limit.what}
        onChange={(event) => onChange({ what: event.target.value as LimitWhat })}
        className="max-sm:order-1 max-sm:col-span-2"
      >
        {limitWhats.map((what) => (
          <option key={what} value={what}>
            {text(subjectTexts[what])}
          </option>
        ))}
      </Select>
      <Input
        aria-label={text(keyTexts.limitMax)}
        placeholder={limit.what === 'cost' ? '25.00' : '60'}
        inputMode="decimal"
        {...(problem !== undefined && { 'aria-invalid': true, 'aria-describedby': problemId })}
        value={limit.max}
        onChange={(event) => onChange({ max: event.target.value })}
        className="tabular-nums max-sm:order-3"
      />
      {limit.what === 'concurrency' ? (
        <span className="w-full px-3 text-sm text-muted max-sm:order-4">{text(keyTexts.atOnce)}</span>
      ) : (
        <Select
          aria-label={text(keyTexts.limitPer)}
          value={limit.per}
          onChange={(event) => onChange({ per: event.target.value as LimitPer })}
          className="max-sm:order-4"
        >
          {limitPers.map((per) => (
            <option key={per} value={per}>
              {text(limitPeriods[per])}
            </option>
          ))}
        </Select>
      )}
      <IconButton label={text(keyTexts.removeLimit)} onClick={onRemove} className="max-sm:order-2">
        <X aria-hidden className="size-4" />
      </IconButton>
      {problem !== undefined && (
        <p id={problemId} className="order-last col-span-full text-sm text-danger">
          {problem}
        </p>
      )}
    </div>
  )
}
