import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { backupTexts } from '@parley/contract/page-texts/console-operations.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { ArchiveRestore, DatabaseBackup, Download, Ellipsis, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { formatBytes, formatDateTime } from '../../i18n/format.ts'
import { type Message, type Text, useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { ConsolePage } from '../console-page.tsx'
import { downloadFrom } from '../download.ts'
import { useAction } from '../queries.ts'

interface Backup {
  readonly id: string
  readonly made_at: string
  readonly kind: 'made' | 'before-restore' | 'before-migration'
  readonly database: 'sqlite' | 'postgres'
  readonly version: string | null
  readonly bytes: number
  readonly restore_command: string | null
}

const kinds: Record<Backup['kind'], Message> = {
  made: backupTexts.kindMade,
  'before-restore': backupTexts.kindRestore,
  'before-migration': backupTexts.kindMigration,
}

const backupsQuery = queryOptions({
  queryKey: ['console', 'backups'],
  queryFn: ({ signal }) => call<Backup[]>('GET', '/admin/backup', { signal }),
})

interface Asked {
  readonly what: 'restore' | 'remove'
  readonly backup: Backup
}

const pathOf = ({ id }: Backup) => `/admin/backup/${encodeURIComponent(id)}`

export function BackupsPage() {
  const text = useText()
  const [asked, setAsked] = useState<Asked>()
  const { data, error, refetch } = useQuery(backupsQuery)
  const make = useAction({
    run: () => call<Backup>('POST', '/admin/backup', { body: {} }),
    changes: ['backups'],
    done: text(backupTexts.made),
  })
  const remove = useAction({ run: (backup: Backup) => call('DELETE', pathOf(backup)), changes: ['backups'] })
  const makeButton = (
    <Button variant="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
      <DatabaseBackup aria-hidden className="size-4" />
      {text(backupTexts.make)}
    </Button>
  )
  return (
    <ConsolePage title={text(consoleTexts.backups)} lead={text(backupTexts.lead)} actions={makeButton}>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.backups)}
          columns={columnsOf(text, setAsked)}
          rows={data}
          keyOf={({ id }) => id}
          empty={
            <EmptyState
              icon={<DatabaseBackup />}
              title={text(backupTexts.empty)}
              hint={text(backupTexts.emptyHint)}
              action={makeButton}
            />
          }
        />
      )}
      <p className="text-sm text-muted">{text(backupTexts.secretsHint)}</p>
      {asked?.what === 'restore' && <RestoreDialog backup={asked.backup} onClose={() => setAsked(undefined)} />}
      {asked?.what === 'remove' && (
        <Confirm
          isOpen
          onClose={() => setAsked(undefined)}
          title={text(backupTexts.removeTitle)}
          description={`${formatDateTime(asked.backup.made_at)} · ${formatBytes(asked.backup.bytes)}`}
          confirmLabel={text(commonTexts.delete)}
          onConfirm={() => remove.mutateAsync(asked.backup)}
        />
      )}
    </ConsolePage>
  )
}

function columnsOf(text: Text, ask: (asked: Asked) => void): Column<Backup>[] {
  return [
    {
      id: 'when',
      header: text(backupTexts.when),
      cell: (backup) => <span className="whitespace-nowrap tabular-nums">{formatDateTime(backup.made_at)}</span>,
    },
    { id: 'kind', header: text(consoleTexts.kind), cell: ({ kind }) => <Badge>{text(kinds[kind])}</Badge> },
    {
      id: 'database',
      header: text(backupTexts.database),
      hideBelow: 'medium',
      cell: ({ database }) => (database === 'sqlite' ? 'SQLite' : 'PostgreSQL'),
    },
    {
      id: 'version',
      header: text(backupTexts.version),
      hideBelow: 'medium',
      cell: ({ version }) => version ?? '–',
    },
    { id: 'size', header: text(backupTexts.size), isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (backup) => (
        <Menu
          trigger={
            <IconButton size="small" label={`${text(consoleTexts.actions)}: ${formatDateTime(backup.made_at)}`}>
              <Ellipsis aria-hidden className="size-4" />
            </IconButton>
          }
        >
          <MenuItem
            icon={<Download />}
            onSelect={() => void downloadFrom(`${pathOf(backup)}/download`, `parley-backup-${backup.id}.tar`)}
          >
            {text(backupTexts.download)}
          </MenuItem>
          <MenuItem icon={<ArchiveRestore />} onSelect={() => ask({ what: 'restore', backup })}>
            {text(backupTexts.restore)}
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={<Trash2 />} isDangerous onSelect={() => ask({ what: 'remove', backup })}>
            {text(commonTexts.delete)}
          </MenuItem>
        </Menu>
      ),
    },
  ]
}

function RestoreDialog({ backup, onClose }: { readonly backup: Backup; readonly onClose: () => void }) {
  const text = useText()
  const { restore_command: command } = backup
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(backupTexts.restore)}
      description={text(command === null ? backupTexts.restoreFile : backupTexts.restoreHint)}
      actions={
        <Button autoFocus onClick={onClose}>
          {text(commonTexts.close)}
        </Button>
      }
    >
      {command !== null && (
        <div className="flex items-center gap-2 rounded-xl border bg-sunken p-1.5 pl-3">
          <code className="min-w-0 flex-1 py-1 text-sm break-all">{command}</code>
          <CopyButton value={command} />
        </div>
      )}
    </Dialog>
  )
}
