import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import { settingLabels } from '@parley/contract/page-texts/console-settings.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { session } from '../../api/session.ts'
import { useText } from '../../i18n/language.ts'
import { Field, Select } from '../../ui/field.tsx'
import type { Person } from '../api-types.ts'
import { tryNumber } from '../form-text.ts'
import { TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { userGroupsQuery } from '../queries.ts'

type Role = Person['role']

interface RoleFieldProps {
  readonly role: Role
  readonly onChange: (role: Role) => void
  readonly disabled?: boolean
  readonly hasFocus?: boolean
}

export function RoleField({ role, onChange, disabled = false, hasFocus = false }: RoleFieldProps) {
  const text = useText()
  return (
    <Field name="role" label={text(peopleTexts.role)}>
      {(attributes) => (
        <Select
          {...attributes}
          disabled={disabled}
          autoFocus={hasFocus}
          value={role}
          onChange={(event) => onChange(event.target.value as Role)}
        >
          <option value="user">{text(commonTexts.user)}</option>
          <option value="admin">{text(commonTexts.administrator)}</option>
        </Select>
      )}
    </Field>
  )
}

/** That which the settings say. */
const ofNewUsers = 'default'

interface GroupFieldProps {
  /** Empty: none. */
  readonly group: string
  readonly onChange: (group: string) => void
  readonly isNew?: boolean
}

/** Only where there are groups. */
function GroupField({ group, onChange, isNew = false }: GroupFieldProps) {
  const text = useText()
  const { data: groups = [] } = useQuery(userGroupsQuery)
  if (groups.length === 0) return null
  return (
    <Field label={text(peopleTexts.group)}>
      {(attributes) => (
        <Select {...attributes} value={group} onChange={(event) => onChange(event.target.value)}>
          {isNew && <option value={ofNewUsers}>{text(settingLabels.default_group_id)}</option>}
          <option value="">{text(groupTexts.none)}</option>
          {groups.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

export function PersonCreator({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const { draft, change } = useDraft({ email: '', nickname: '', password: '', role: 'user' as Role, group: ofNewUsers })
  const run = () => {
    const { nickname, group, ...fields } = draft
    const chosen = group === ofNewUsers ? {} : { group_id: group === '' ? null : group }
    return call('POST', '/admin/users', { body: { ...fields, ...chosen, ...(nickname.trim() !== '' && { nickname }) } })
  }
  return (
    <FormDialog title={text(peopleTexts.addTitle)} onClose={onClose} changes={['people', 'groups']} run={run}>
      <TextField
        name="email"
        label={text(commonTexts.email)}
        type="email"
        required
        autoFocus
        value={draft.email}
        onType={(email) => change({ email })}
      />
      <TextField
        name="nickname"
        label={text(peopleTexts.nickname)}
        value={draft.nickname}
        onType={(nickname) => change({ nickname })}
      />
      <TextField
        name="password"
        label={text(peopleTexts.firstPassword)}
        type="password"
        autoComplete="new-password"
        required
        value={draft.password}
        onType={(password) => change({ password })}
      />
      <RoleField role={draft.role} onChange={(role) => change({ role })} />
      <GroupField isNew group={draft.group} onChange={(group) => change({ group })} />
    </FormDialog>
  )
}

export function PersonEditor({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const text = useText()
  const { draft, change } = useDraft({
    role: person.role,
    group: person.group_id ?? '',
    plan: person.plan,
    quota: String(person.token_quota),
    password: '',
  })
  // Nobody locks themselves out by a slip.
  const isSelf = session.get()?.user.id === person.id
  const run = () =>
    call('PATCH', `/admin/users/${person.id}`, {
      body: {
        plan: draft.plan,
        ...(draft.group !== (person.group_id ?? '') && { group_id: draft.group === '' ? null : draft.group }),
        // What the group brings is not to be undone by what stood here.
        ...(draft.quota !== String(person.token_quota) && { token_quota: tryNumber(draft.quota) ?? draft.quota }),
        ...(!isSelf && { role: draft.role }),
        ...(draft.password !== '' && { password: draft.password }),
      },
    })
  return (
    <FormDialog
      changes={['people', 'groups']}
      title={text(peopleTexts.editTitle, { name: person.nickname ?? person.username })}
      onClose={onClose}
      run={run}
    >
      <p className="text-muted">{person.email}</p>
      <RoleField role={draft.role} onChange={(role) => change({ role })} disabled={isSelf} hasFocus={!isSelf} />
      <GroupField group={draft.group} onChange={(group) => change({ group })} />
      <TextField
        name="token_quota"
        label={text(peopleTexts.quotaField)}
        inputMode="numeric"
        autoFocus={isSelf}
        value={draft.quota}
        onType={(quota) => change({ quota })}
      />
      <TextField name="plan" label={text(peopleTexts.plan)} value={draft.plan} onType={(plan) => change({ plan })} />
      <TextField
        name="password"
        label={text(peopleTexts.newPassword)}
        hint={text(peopleTexts.newPasswordHint)}
        type="password"
        autoComplete="new-password"
        value={draft.password}
        onType={(password) => change({ password })}
      />
    </FormDialog>
  )
}
