import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { Ban, CircleCheck, Ellipsis, KeyRound, Pencil, ShieldOff } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { session } from '../../api/session.ts'
import { useText } from '../../i18n/language.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import type { Person } from '../api-types.ts'
import { useAction } from '../queries.ts'
import { PasswordLinkDialog } from './password-link.tsx'

export interface PersonMenuProps {
  readonly person: Person
  /** Left out where editing has a button of its own. */
  readonly onEdit?: () => void
}

type Asked = 'link' | 'two-step'

export function PersonMenu({ person, onEdit }: PersonMenuProps) {
  const text = useText()
  const [asked, setAsked] = useState<Asked>()
  const block = useAction({
    run: (isActive: boolean) => call('PATCH', `/admin/users/${person.id}`, { body: { is_active: isActive } }),
    changes: ['people'],
  })
  const resetTwoStep = useAction({
    run: () => call('DELETE', `/admin/users/${person.id}/mfa`),
    changes: ['people'],
    done: text(commonTexts.saved),
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
        {person.mfa_enabled === true && (
          <MenuItem icon={<ShieldOff />} onSelect={() => setAsked('two-step')}>
            {text(peopleTexts.resetTwoStep)}
          </MenuItem>
        )}
        {!isSelf && (
          <MenuItem
            icon={person.is_active ? <Ban /> : <CircleCheck />}
            isDangerous={person.is_active}
            onSelect={() => block.mutate(!person.is_active)}
          >
            {text(person.is_active ? peopleTexts.block : peopleTexts.unblock)}
          </MenuItem>
        )}
      </Menu>
      {asked === 'link' && <PasswordLinkDialog person={person} onClose={() => setAsked(undefined)} />}
      {asked === 'two-step' && (
        <Confirm
          isOpen
          onClose={() => setAsked(undefined)}
          title={text(peopleTexts.resetTwoStep)}
          description={text(peopleTexts.resetTwoStepHint, { name: person.nickname ?? person.username })}
          confirmLabel={text(peopleTexts.resetTwoStep)}
          onConfirm={() => resetTwoStep.mutate()}
        />
      )}
    </>
  )
}
