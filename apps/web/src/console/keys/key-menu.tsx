import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { CircleCheck, CircleSlash, Ellipsis, Pencil, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import type { ApiKey } from '../api-types.ts'
import { keysPath, type KeyScope, useAction } from '../queries.ts'
import { KeyEditor } from './key-dialogs.tsx'
import { isNamedOnly } from './key-draft.ts'

export interface KeyMenuProps {
  readonly scope: KeyScope
  readonly apiKey: ApiKey
  readonly onRemoved?: () => Promise<void>
}

/** Everything that can be done to one key. */
export function KeyMenu({ scope, apiKey, onRemoved }: KeyMenuProps) {
  const text = useText()
  const [open, setOpen] = useState<'edit' | 'remove'>()
  const close = () => setOpen(undefined)
  const path = `${keysPath[scope]}/${apiKey.id}`
  const changes = ['keys']
  const enable = useAction({ run: (enabled: boolean) => call('PATCH', path, { body: { enabled } }), changes })
  const restore = useAction({ run: () => call('POST', `${path}/restore`), changes, done: text(keyTexts.restored) })
  const remove = useAction({
    run: () => call('DELETE', path),
    changes,
    done: text(keyTexts.removed),
    ...(onRemoved === undefined ? {} : { onDone: onRemoved }),
  })
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`${text(consoleTexts.actions)}: ${apiKey.name}`} size="small">
            <Ellipsis aria-hidden className="size-4" />
          </IconButton>
        }
      >
        {apiKey.deleted_at === null ? (
          <>
            <MenuItem icon={<Pencil />} onSelect={() => setOpen('edit')}>
              {text(commonTexts.edit)}
            </MenuItem>
            {!isNamedOnly(scope, apiKey) && (
              <MenuItem
                icon={apiKey.enabled ? <CircleSlash /> : <CircleCheck />}
                onSelect={() => enable.mutate(!apiKey.enabled)}
              >
                {text(apiKey.enabled ? consoleTexts.disable : consoleTexts.enable)}
              </MenuItem>
            )}
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} isDangerous onSelect={() => setOpen('remove')}>
              {text(consoleTexts.remove)}
            </MenuItem>
          </>
        ) : (
          <MenuItem icon={<RotateCcw />} onSelect={() => restore.mutate()}>
            {text(keyTexts.restore)}
          </MenuItem>
        )}
      </Menu>
      {open === 'edit' && <KeyEditor scope={scope} apiKey={apiKey} onClose={close} />}
      <Confirm
        isOpen={open === 'remove'}
        onClose={close}
        title={text(keyTexts.removeTitle, { name: apiKey.name })}
        description={text(scope === 'all' ? keyTexts.removeHint : keyTexts.removeHintOwn)}
        confirmLabel={text(consoleTexts.remove)}
        onConfirm={() => remove.mutateAsync()}
      />
    </>
  )
}
