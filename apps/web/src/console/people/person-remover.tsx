import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Cards } from '../../ui/choice.tsx'
import { Field } from '../../ui/field.tsx'
import { showToast } from '../../ui/toast.tsx'
import type { Person } from '../api-types.ts'
import { useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { queryString } from '../queries.ts'
import { PersonChooser } from './person-chooser.tsx'

export interface PersonRemoverProps {
  readonly person: Person
  readonly onClose: () => void
  readonly onRemoved?: (() => Promise<void>) | undefined
}

/** Deletes somebody, once it is said what becomes of their conversations. */
export function PersonRemover({ person, onClose, onRemoved }: PersonRemoverProps) {
  const text = useText()
  const { draft, change } = useDraft({ estate: 'delete' as 'delete' | 'transfer', heirId: '' })
  const isGiven = draft.estate === 'transfer'
  const query = queryString({ conversations: draft.estate, ...(isGiven && { transfer_to: draft.heirId }) })
  return (
    <FormDialog
      title={text(peopleTexts.removeTitle, { name: person.nickname ?? person.username })}
      description={text(peopleTexts.removeHint)}
      submitLabel={text(peopleTexts.remove)}
      isDangerous
      onClose={onClose}
      changes={['people', 'keys', 'groups', 'limits']}
      run={() => call('DELETE', `/admin/users/${person.id}${query}`)}
      onDone={async () => {
        showToast(text(peopleTexts.removed), { tone: 'success' })
        onClose()
        await onRemoved?.()
      }}
    >
      <Cards
        label={text(peopleTexts.removeEstate)}
        value={draft.estate}
        onChange={(estate) => change({ estate })}
        choices={[
          { value: 'delete', label: text(peopleTexts.removeDelete), hint: text(peopleTexts.removeDeleteHint) },
          { value: 'transfer', label: text(peopleTexts.removeTransfer), hint: text(peopleTexts.removeTransferHint) },
        ]}
      />
      {isGiven && <HeirField person={person} heirId={draft.heirId} onChange={(heirId) => change({ heirId })} />}
    </FormDialog>
  )
}

interface HeirFieldProps {
  readonly person: Person
  readonly heirId: string
  readonly onChange: (heirId: string) => void
}

function HeirField({ person, heirId, onChange }: HeirFieldProps) {
  const text = useText()
  return (
    <Field label={text(peopleTexts.removeHeir)}>
      {(attributes) => (
        <PersonChooser
          {...attributes}
          value={heirId}
          none={text(limitTexts.choose)}
          isChoosable={({ id }) => id !== person.id}
          onChange={onChange}
        />
      )}
    </Field>
  )
}
