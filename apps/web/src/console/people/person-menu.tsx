import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { Ban, CircleCheck, Ellipsis, KeyRound, LogOut, Pencil, ShieldOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { session } from '../../api/session.ts'
import { useText } from '../../i18n/language.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import type { Person } from '../api-types.ts'
import { useAction } from '../queries.ts'
import { PasswordLinkDialog } from './password-link.tsx'
import { PersonRemover } from './person-remover.tsx'

export interface PersonMenuProps {
  readonly person: Person
  /** Left out where editing has a button of its own. */
  readonly onEdit?: () => void
  readonly onRemoved?: () => Promise<void>
}

/** What becomes of somebody who is this now. */
const switchTexts = {
  active: peopleTexts.block,
  pending: peopleTexts.letIn,
  blocked: peopleTexts.unblock,
} as const

type Asked = 'link' | 'two-step' | 'remove'

export function PersonMenu({ person, onEdit, onRemoved }: PersonMenuProps) {
  const text = useText()
  const [asked, setAsked] = useState<Asked>()
  const block = useAction({
    run: (isActive: boolean) => call('PATCH', `/admin/users/${person.id}`, { body: { is_active: isActive } }),
    changes: ['people'],
  })
  const signOut = useAction({
    run: () => call('DELETE', `/admin/users/${person.id}/sessions`),
    changes: ['people'],
    done: text(peopleTexts.signedOut),
  })
  const isSelf = session.get()?.user.id === person.id
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`${text(consoleTexts.actions)}: ${person.username}`} size="small">
            <Ellipsis aria-hidden className="size-4" />
          </IconButton>
        }
      >
        {onEdit !== undefined && (
          <MenuItem icon={<Pencil />} onSelect={onEdit}>
            {text(commonTexts.edit)}
          </MenuItem>
        )}
        <MenuItem icon={<KeyRound />} onSelect={() => setAsked('link')}>
          {text(peopleTexts.passwordLink)}
        </MenuItem>
        {person.mfa_enabled && (
          <MenuItem icon={<ShieldOff />} onSelect={() => setAsked('two-step')}>
            {text(peopleTexts.resetTwoStep)}
          </MenuItem>
        )}
        {!isSelf && (
          <>
            {person.is_active && (
              <MenuItem icon={<LogOut />} onSelect={() => signOut.mutate()}>
                {text(peopleTexts.signOut)}
              </MenuItem>
            )}
            <MenuSeparator />
            {person.status === 'pending' && (
              <MenuItem icon={<Ban />} onSelect={() => block.mutate(false)}>
                {text(peopleTexts.decline)}
              </MenuItem>
            )}
            <MenuItem
              icon={person.is_active ? <Ban /> : <CircleCheck />}
              isDangerous={person.is_active}
              onSelect={() => block.mutate(!person.is_active)}
            >
              {text(switchTexts[person.status])}
            </MenuItem>
            <MenuItem icon={<Trash2 />} isDangerous onSelect={() => setAsked('remove')}>
              {text(peopleTexts.remove)}
            </MenuItem>
          </>
        )}
      </Menu>
      {asked !== undefined && (
        <Dialogs asked={asked} person={person} onClose={() => setAsked(undefined)} onRemoved={onRemoved} />
      )}
    </>
  )
}

interface DialogsProps extends Pick<PersonMenuProps, 'person'> {
  readonly asked: Asked
  readonly onClose: () => void
  readonly onRemoved: (() => Promise<void>) | undefined
}

function Dialogs({ asked, person, onClose, onRemoved }: DialogsProps) {
  const text = useText()
  const resetTwoStep = useAction({
    run: () => call('DELETE', `/admin/users/${person.id}/mfa`),
    changes: ['people'],
    done: text(commonTexts.saved),
  })
  if (asked === 'link') return <PasswordLinkDialog person={person} onClose={onClose} />
  if (asked === 'remove') return <PersonRemover person={person} onClose={onClose} onRemoved={onRemoved} />
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={text(peopleTexts.resetTwoStep)}
      description={text(peopleTexts.resetTwoStepHint, { name: person.nickname ?? person.username })}
      confirmLabel={text(peopleTexts.resetTwoStep)}
      onConfirm={() => resetTwoStep.mutateAsync()}
    />
  )
}
