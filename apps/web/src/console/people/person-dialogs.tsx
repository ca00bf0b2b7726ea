import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { call } from '../../api/client.ts'
import { session } from '../../api/session.ts'
import { useText } from '../../i18n/language.ts'
import { Field, Select } from '../../ui/field.tsx'
import type { Person } from '../api-types.ts'
import { tryNumber } from '../form-text.ts'
import { TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'

type Role = Person['role']

interface RoleFieldProps {
  readonly role: Role
  readonly onChange: (role: Role) => void
  readonly disabled?: boolean
  readonly hasFocus?: boolean
}

function RoleField({ role, onChange, disabled = false, hasFocus = false }: RoleFieldProps) {
  const text = useText()
  return (
    <Field label={text(peopleTexts.role)}>
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

export function PersonCreator({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const { draft, change } = useDraft({ email: '', nickname: '', password: '', role: 'user' as Role })
  const run = () => {
    const { nickname, ...fields } = draft
    return call('POST', '/admin/users', { body: { ...fields, ...(nickname.trim() !== '' && { nickname }) } })
  }
  return (
    <FormDialog title={text(peopleTexts.addTitle)} onClose={onClose} changes={['people']} run={run}>
      <TextField
        label={text(commonTexts.email)}
        type="email"
        required
        autoFocus
        value={draft.email}
        onType={(email) => change({ email })}
      />
      <TextField
        label={text(peopleTexts.nickname)}
        value={draft.nickname}
        onType={(nickname) => change({ nickname })}
      />
      <TextField
        label={text(peopleTexts.firstPassword)}
        type="password"
        autoComplete="new-password"
        required
        value={draft.password}
        onType={(password) => change({ password })}
      />
      <RoleField role={draft.role} onChange={(role) => change({ role })} />
    </FormDialog>
  )
}

export function PersonEditor({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const text = useText()
  const { draft, change } = useDraft({
    role: person.role,
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
        token_quota: tryNumber(draft.quota) ?? draft.quota,
        ...(!isSelf && { role: draft.role }),
        ...(draft.password !== '' && { password: draft.password }),
      },
    })
  return (
    <FormDialog
      changes={['people']}
      title={text(peopleTexts.editTitle, { name: person.nickname ?? person.username })}
      onClose={onClose}
      run={run}
    >
      <p className="text-muted">{person.email}</p>
      <RoleField role={draft.role} onChange={(role) => change({ role })} disabled={isSelf} hasFocus={!isSelf} />
      <TextField
        label={text(peopleTexts.quotaField)}
        inputMode="numeric"
        autoFocus={isSelf}
        value={draft.quota}
        onType={(quota) => change({ quota })}
      />
      <TextField label={text(peopleTexts.plan)} value={draft.plan} onType={(plan) => change({ plan })} />
      <TextField
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
