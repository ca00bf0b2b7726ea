import path from 'node:path'
import { Readable } from 'node:stream'
import { notFound, ParleyError } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { tarFile } from '../http/media.ts'
import {
  type BackupDetails,
  BackupError,
  type BackupSource,
  createBackup,
  listBackups,
  removeBackup,
  secretsName,
} from '../store/backup.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'
import { tarBytes, type TarEntry, tarOf } from './tar-archive.ts'

const config = { access: 'admin' } as const
const tags = ['admin']
const params = z.object({ id: z.string().max(200) })

const backupSchema = z
  .object({
    id: z.string(),
    made_at: z.string(),
    kind: z
      .enum(['made', 'before-restore', 'before-migration'])
      .describe('before-restore: what a restore put aside; before-migration: the bare SQLite file, before an update'),
    database: z.enum(['sqlite', 'postgres']),
    version: z.string().nullable(),
    bytes: z.int(),
    restore_command: z
      .string()
      .nullable()
      .describe('What restores it, on the machine and with the server stopped: nothing restores over HTTP'),
  })
  .meta({ id: 'Backup' })

export interface BackupRoutesParts {
  readonly source: BackupSource
  readonly audit: Audit
}

/** `/admin/backup`: the backups on this node's disk. */
export function backupRoutes(parts: BackupRoutesParts) {
  return (app: ApiInstance): void => {
    listRoutes(app, parts)
    makeRoute(app, parts)
    downloadRoute(app, parts)
  }
}

function listRoutes(app: ApiInstance, { source, audit }: BackupRoutesParts): void {
  app.get(
    '/backup',
    {
      config,
      schema: {
        tags,
        summary: 'The backups in DATA_DIR/backups, newest first',
        response: { 200: z.array(backupSchema) },
      },
    },
    async () => (await listBackups(source.dataDir)).map(presentBackup),
  )

  app.get(
    '/backup/:id',
    { config, schema: { tags, summary: 'A backup', params, response: { 200: backupSchema } } },
    async (request) => presentBackup(await findBackup(source, request.params.id)),
  )

  app.delete(
    '/backup/:id',
    { config, schema: { tags, summary: 'Delete a backup', params, response: { 200: z.null() } } },
    async (request) => {
      const backup = await findBackup(source, request.params.id)
      await removeBackup(backup)
      await auditBy(request, audit, { action: 'backup.delete', targetId: backup.id })
      return null
    },
  )
}

function makeRoute(app: ApiInstance, { source, audit }: BackupRoutesParts): void {
  let isRunning = false
  app.post(
    '/backup',
    {
      config,
      schema: {
        tags,
        summary: 'Make a backup now',
        description:
          'Answers when it is complete. The server goes on working meanwhile. 409 while another one is made.',
        response: { 201: backupSchema },
      },
    },
    async (request, reply) => {
      if (isRunning) throw new ParleyError('backup_running')
      isRunning = true
      try {
        const { folder } = await createBackup(source)
        const backup = await findBackup(source, path.basename(folder))
        await auditBy(request, audit, { action: 'backup.create', targetId: backup.id, detail: { bytes: backup.bytes } })
        return await reply.code(201).send(presentBackup(backup))
      } catch (cause) {
        if (!(cause instanceof BackupError)) throw cause
        throw new ParleyError('backup_failed', { parameters: { detail: cause.message }, cause })
      } finally {
        isRunning = false
      }
    },
  )
}

function downloadRoute(app: ApiInstance, { source, audit }: BackupRoutesParts): void {
  app.get(
    '/backup/:id/download',
    {
      config: { ...config, produces: tarFile },
      schema: {
        tags,
        summary: 'A backup as a tar file, streamed',
        description:
          'Without `secrets.json`: who has the file alone can neither read credentials nor sign in as somebody. Keep a copy of the secrets apart.',
        params,
      },
    },
    async (request, reply) => {
      const backup = await findBackup(source, request.params.id)
      const entries = tarEntries(backup)
      await auditBy(request, audit, { action: 'backup.download', targetId: backup.id })
      return reply
        .type('application/x-tar')
        .header('content-length', tarBytes(entries))
        .header('content-disposition', `attachment; filename="${archiveName(backup)}.tar"`)
        .send(Readable.from(tarOf(entries), { objectMode: false }))
    },
  )
}

/** Of whatever the folder was called by hand: short, and fit for a header and for every file system. */
function archiveName({ id }: BackupDetails): string {
  return `parley-${id.replaceAll(/[^\w.-]/g, '_').slice(0, 60)}`
}

function tarEntries(backup: BackupDetails): TarEntry[] {
  const { files, madeAt } = backup
  return files
    .filter(({ name }) => name !== secretsName)
    .map(({ name, path: file, bytes }) => ({ name: `${archiveName(backup)}/${name}`, file, bytes, modifiedAt: madeAt }))
}

async function findBackup({ dataDir }: BackupSource, id: string): Promise<BackupDetails> {
  const found = (await listBackups(dataDir)).find((backup) => backup.id === id)
  if (found === undefined) throw notFound('backup')
  return found
}

function presentBackup({ id, madeAt, kind, database, version, bytes, path: place }: BackupDetails) {
  const restore_command = kind === 'before-migration' ? null : `npm run cli -- restore ${quoted(place)}`
  return { id, made_at: new Date(madeAt).toISOString(), kind, database, version, bytes, restore_command }
}

function quoted(place: string): string {
  return /^[\w./:\\-]+$/.test(place) ? place : `'${place.replaceAll("'", String.raw`'\''`)}'`
}
