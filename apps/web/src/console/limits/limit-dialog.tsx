import { type LimitPer, limitPeriods, limitPers, type LimitWhat, limitWhats } from '@parley/contract'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Segments } from '../../ui/choice.tsx'
import { Chooser } from '../../ui/chooser.tsx'
import { Field, Select } from '../../ui/field.tsx'
import type { LimitRule } from '../api-types.ts'
import { TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { tryNumber } from '../form-text.ts'
import { subjectTexts } from '../keys/limit-texts.ts'
import { useNames } from '../names.ts'
import { PersonChooser } from '../people/person-chooser.tsx'
import { accountsQuery, userGroupsQuery } from '../queries.ts'
import { subjectText } from './subjects.ts'

/** Whom a limit is for, where nothing else is to be chosen; of a group all together or each. */
export interface LimitSubjectId {
  readonly kind: 'user' | 'group' | 'account'
  readonly id: string
}

interface RuleDraft {
  readonly subject_kind: LimitRule['subject_kind']
  readonly subject_id: string
  readonly what: LimitWhat
  readonly per: LimitPer
  readonly max: string
}

interface RuleFieldsProps {
  readonly draft: RuleDraft
  readonly change: (changes: Partial<RuleDraft>) => void
}

export interface LimitDialogProps {
  /** The one to change; without it a new one is made. */
  readonly rule?: LimitRule | undefined
  readonly subject?: LimitSubjectId | undefined
  readonly onClose: () => void
}

function draftOf(rule: LimitRule | undefined, subject: LimitSubjectId | undefined): RuleDraft {
  if (rule !== undefined) return { ...rule, max: String(rule.max) }
  const kind = subject?.kind === 'group' ? 'member' : (subject?.kind ?? 'user')
  return { subject_kind: kind, subject_id: subject?.id ?? '', what: 'cost', per: 'month', max: '' }
}

/** An amount that is none is refused by the server, which names the field. */
function save(rule: LimitRule | undefined, { subject_kind, subject_id, ...draft }: RuleDraft): Promise<LimitRule> {
  const limit = { ...draft, max: tryNumber(draft.max) ?? draft.max }
  return rule === undefined
    ? call('POST', '/admin/limits', { body: { subject_kind, subject_id, ...limit } })
    : call('PUT', `/admin/limits/${rule.id}`, { body: limit })
}

/** Adds a limit, or changes one, which stays with its subject. */
export function LimitDialog({ rule, subject, onClose }: LimitDialogProps) {
  const text = useText()
  const names = useNames()
  const { draft, change } = useDraft<RuleDraft>(draftOf(rule, subject))
  return (
    <FormDialog
      title={text(rule === undefined ? limitTexts.addTitle : limitTexts.editTitle)}
      description={rule && subjectText(rule, names, text)}
      onClose={onClose}
      changes={['limits']}
      run={() => save(rule, draft)}
    >
      {rule === undefined && subject === undefined && (
        <>
          <div className="flex">
            <Segments
              label={text(limitTexts.subjectKind)}
              value={draft.subject_kind === 'group' ? 'member' : draft.subject_kind}
              onChange={(kind) => change({ subject_kind: kind, subject_id: '' })}
              choices={[
                { value: 'user', label: text(limitTexts.ofUser) },
                { value: 'member', label: text(limitTexts.group) },
                { value: 'account', label: text(limitTexts.ofAccount) },
                { value: 'model', label: text(limitTexts.ofModel) },
              ]}
            />
          </div>
          <SubjectField draft={draft} change={change} />
        </>
      )}
      {rule === undefined && isOfGroup(draft) && (
        <Segments
          label={text(limitTexts.forWhom)}
          value={draft.subject_kind}
          onChange={(kind) => change({ subject_kind: kind })}
          choices={[
            { value: 'member', label: text(limitTexts.each) },
            { value: 'group', label: text(limitTexts.together) },
          ]}
        />
      )}
      <AmountFields draft={draft} change={change} />
    </FormDialog>
  )
}

function isOfGroup(draft: RuleDraft): draft is RuleDraft & { subject_kind: 'group' | 'member' } {
  return draft.subject_kind === 'group' || draft.subject_kind === 'member'
}

function SubjectField({ draft, change }: RuleFieldsProps) {
  const text = useText()
  const { data: groups = [] } = useQuery(userGroupsQuery)
  const { data: accounts = [] } = useQuery({ ...accountsQuery, refetchInterval: false })
  if (draft.subject_kind === 'model') {
    return (
      <TextField
        name="subject_id"
        label={text(limitTexts.modelPattern)}
        hint={text(limitTexts.modelPatternHint)}
        value={draft.subject_id}
        onType={(typed) => change({ subject_id: typed.trim() })}
      />
    )
  }
  const chosen = {
    value: draft.subject_id,
    none: text(limitTexts.choose),
    onChange: (id: string) => change({ subject_id: id }),
  }
  if (draft.subject_kind === 'user') {
    return (
      <Field name="subject_id" label={text(limitTexts.ofUser)}>
        {(attributes) => <PersonChooser {...attributes} {...chosen} />}
      </Field>
    )
  }
  const [label, choices] = isOfGroup(draft) ? [limitTexts.group, groups] : [limitTexts.ofAccount, accounts]
  return (
    <Field name="subject_id" label={text(label)}>
      {(attributes) => <Chooser {...attributes} {...chosen} choices={choices.map(({ id, name }) => ({ id, name }))} />}
    </Field>
  )
}

function AmountFields({ draft, change }: RuleFieldsProps) {
  const text = useText()
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <Field label={text(keyTexts.limitWhat)}>
        {(attributes) => (
          <Select
            {...attributes}
            value={draft.what}
            onChange={(event) => change({ what: event.target.value as LimitWhat })}
          >
            {limitWhats.map((what) => (
              <option key={what} value={what}>
                {text(subjectTexts[what])}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <TextField
        name="max"
        label={text(keyTexts.limitMax)}
        inputMode="decimal"
        value={draft.max}
        onType={(max) => change({ max })}
      />
      {draft.what !== 'concurrency' && (
        <Field label={text(keyTexts.limitPer)}>
          {(attributes) => (
            <Select
              {...attributes}
              value={draft.per}
              onChange={(event) => change({ per: event.target.value as LimitPer })}
            >
              {limitPers.map((per) => (
                <option key={per} value={per}>
                  {text(limitPeriods[per])}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
    </div>
  )
}
