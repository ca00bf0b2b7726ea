import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { useText } from '../../i18n/language.ts'
import { Field } from '../../ui/field.tsx'
import { wireNames } from '../api-types.ts'
import { Checks } from '../../ui/choice.tsx'
import { LinesField, MoreOptions, TextField } from '../form.tsx'
import { PersonChooser } from '../people/person-chooser.tsx'
import { accountsQuery, type KeyScope } from '../queries.ts'
import { doorNames } from './door-names.ts'
import type { KeyDraft } from './key-draft.ts'
import { LimitsEditor } from './limits-editor.tsx'

export interface KeyFieldsProps {
  readonly scope: KeyScope
  readonly draft: KeyDraft
  readonly change: (changes: Partial<KeyDraft>) => void
  readonly isNew: boolean
}

/** The fields of a key: what most need first, what few need folded away. */
export function KeyFields(props: KeyFieldsProps) {
  const { scope, draft, change, isNew } = props
  const text = useText()
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <NameField draft={draft} change={change} {...(scope === 'own' ? { fieldClassName: 'sm:col-span-2' } : {})} />
        {scope === 'all' && <OwnerField draft={draft} change={change} />}
        <TextField
          name="expires_at"
          label={text(keyTexts.expires)}
          hint={text(keyTexts.expiresHint)}
          type="datetime-local"
          value={draft.expires}
          onType={(expires) => change({ expires })}
        />
        {scope === 'all' && isNew ? (
          <TextField
            name="count"
            label={text(keyTexts.howMany)}
            hint={text(keyTexts.howManyHint)}
            inputMode="numeric"
            value={draft.count}
            onType={(count) => change({ count })}
          />
        ) : (
          <ActiveDaysField draft={draft} change={change} />
        )}
      </div>
      <LimitsEditor limits={draft.limits} onChange={(limits) => change({ limits })} />
      <MoreOptions isOpen={!isNew && hasMore(draft)}>
        <AccessFields {...props} />
      </MoreOptions>
    </>
  )
}

function hasMore(draft: KeyDraft): boolean {
  return [draft.models, draft.addresses, draft.clients, draft.tags, draft.notes].some((typed) => typed !== '')
}

type DraftProps = Pick<KeyFieldsProps, 'draft' | 'change'>

/** The fields of a key that an administrator manages, for its user. */
export function ManagedKeyFields({ draft, change }: DraftProps) {
  const text = useText()
  return (
    <>
      <p className="text-sm text-muted">{text(keyTexts.managedHint)}</p>
      <NameField draft={draft} change={change} />
      <LabelFields draft={draft} change={change} />
    </>
  )
}

function NameField({ draft, change, ...attributes }: DraftProps & { readonly fieldClassName?: string }) {
  const text = useText()
  return (
    <TextField
      name="name"
      label={text(commonTexts.name)}
      value={draft.name}
      onType={(name) => change({ name })}
      required
      autoFocus
      maxLength={100}
      {...attributes}
    />
  )
}

function OwnerField({ draft, change }: DraftProps) {
  const text = useText()
  return (
    <Field name="user_id" label={text(keyTexts.owner)} hint={text(keyTexts.ownerHint)}>
      {(attributes) => (
        <PersonChooser
          {...attributes}
          value={draft.userId}
          none={text(keyTexts.noOwner)}
          onChange={(userId) => change({ userId })}
        />
      )}
    </Field>
  )
}

function ActiveDaysField({ draft, change }: DraftProps) {
  const text = useText()
  return (
    <TextField
      name="active_seconds"
      label={text(keyTexts.activeDays)}
      hint={text(keyTexts.activeDaysHint)}
      inputMode="decimal"
      value={draft.activeDays}
      onType={(activeDays) => change({ activeDays })}
    />
  )
}

/** Which models and interfaces, from where, by what, and through which accounts. */
function AccessFields({ scope, draft, change, isNew }: KeyFieldsProps) {
  const text = useText()
  return (
    <>
      {scope === 'all' && isNew && <ActiveDaysField draft={draft} change={change} />}
      <LinesField
        name="models"
        label={text(keyTexts.models)}
        hint={text(keyTexts.modelsHint)}
        isCode
        value={draft.models}
        onType={(models) => change({ models })}
      />
      <Checks
        label={text(keyTexts.doors)}
        hint={text(keyTexts.doorsHint)}
        choices={wireNames.map((value) => ({ value, label: doorNames[value] }))}
        values={draft.wires}
        onChange={(wires) => change({ wires })}
      />
      {scope === 'all' && <AccountChecks draft={draft} change={change} />}
      <LinesField
        name="ip_allow"
        label={text(keyTexts.addresses)}
        hint={text(keyTexts.addressesHint)}
        isCode
        value={draft.addresses}
        onType={(addresses) => change({ addresses })}
      />
      <TextField
        name="clients"
        label={text(keyTexts.clients)}
        hint={text(keyTexts.clientsHint)}
        value={draft.clients}
        onType={(clients) => change({ clients })}
      />
      <LabelFields draft={draft} change={change} />
    </>
  )
}

function LabelFields({ draft, change }: DraftProps) {
  const text = useText()
  return (
    <>
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
    </>
  )
}

function AccountChecks({ draft, change }: DraftProps) {
  const text = useText()
  const { data: accounts = [] } = useQuery({ ...accountsQuery, refetchInterval: false })
  const groups = [...new Set([...accounts.flatMap((account) => account.groups), ...draft.accountGroups])].sort()
  return (
    <>
      <Checks
        label={text(keyTexts.accounts)}
        hint={text(keyTexts.accountsHint)}
        choices={accounts.map(({ id, name }) => ({ value: id, label: name }))}
        values={draft.accountIds}
        onChange={(accountIds) => change({ accountIds })}
      />
      {groups.length > 0 && (
        <Checks
          label={text(keyTexts.accountGroups)}
          choices={groups.map((value) => ({ value, label: value }))}
          values={draft.accountGroups}
          onChange={(accountGroups) => change({ accountGroups })}
        />
      )}
    </>
  )
}
