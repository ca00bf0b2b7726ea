import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Activity, Ellipsis, Pause, Pencil, Play, RefreshCw, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import type { Account } from '../api-types.ts'
import { useAction } from '../queries.ts'
import { removeAccount, useAccountActions } from './account-actions.ts'
import { AccountEditor } from './account-editor.tsx'
import { AccountTestDialog } from './account-test.tsx'

export interface AccountMenuProps {
  readonly account: Account
  readonly onRemoved?: () => Promise<void>
}

/** Everything that can be done to one account. */
export function AccountMenu({ account, onRemoved }: AccountMenuProps) {
  const text = useText()
  const [open, setOpen] = useState<'edit' | 'test' | 'remove'>()
  const { pause, resume, reset, refresh } = useAccountActions(account)
  const remove = useAction({
    run: () => removeAccount(account.id),
    changes: ['accounts'],
    done: text(accountTexts.removed),
    ...(onRemoved === undefined ? {} : { onDone: onRemoved }),
  })
  const close = () => setOpen(undefined)
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`${text(consoleTexts.actions)}: ${account.name}`} size="small">
            <Ellipsis aria-hidden className="size-4" />
          </IconButton>
        }
      >
        <MenuItem icon={<Activity />} onSelect={() => setOpen('test')}>
          {text(accountTexts.test)}
        </MenuItem>
        <MenuItem icon={<Pencil />} onSelect={() => setOpen('edit')}>
          {text(commonTexts.edit)}
        </MenuItem>
        {account.holds.length > 0 && (
          <MenuItem icon={<RotateCcw />} onSelect={() => reset.mutate()}>
            {text(accountTexts.reset)}
          </MenuItem>
        )}
        {account.oauth !== null && (
          <MenuItem icon={<RefreshCw />} onSelect={() => refresh.mutate()}>
            {text(accountTexts.refreshToken)}
          </MenuItem>
        )}
        {account.state === 'paused' ? (
          <MenuItem icon={<Play />} onSelect={() => resume.mutate()}>
            {text(accountTexts.resume)}
          </MenuItem>
        ) : (
          <>
            <MenuItem icon={<Pause />} onSelect={() => pause.mutate(undefined)}>
              {text(accountTexts.pauseUntilResumed)}
            </MenuItem>
            <MenuItem icon={<Pause />} onSelect={() => pause.mutate(3600)}>
              {text(accountTexts.pauseHour)}
            </MenuItem>
          </>
        )}
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} isDangerous onSelect={() => setOpen('remove')}>
          {text(consoleTexts.remove)}
        </MenuItem>
      </Menu>
      {open === 'edit' && <AccountEditor account={account} onClose={close} />}
      {open === 'test' && <AccountTestDialog account={account} onClose={close} />}
      <Confirm
        isOpen={open === 'remove'}
        onClose={close}
        title={text(accountTexts.removeTitle, { name: account.name })}
        description={text(accountTexts.removeHint)}
        confirmLabel={text(consoleTexts.remove)}
        onConfirm={() => remove.mutateAsync()}
      />
    </>
  )
}
