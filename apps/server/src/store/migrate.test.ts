import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { forEachDatabase, tempFolder } from '@parley/testkit'
import { Kysely, sql } from 'kysely'
import { type MigrateOptions, migrateDown, migrateToLatest, NewerDatabaseError } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import type { SchemaMigration } from './migrations/migration.ts'
import { createPostgresDialect } from './postgres.ts'
import { createSqliteDialect } from './sqlite.ts'
import { databaseConfig, silentLog } from './testing/open-store.ts'

interface AddedKey {
  readonly userId?: string | null
  readonly accounts?: string | null
  readonly at?: number
}

forEachDatabase('migrations', (target) => {
  const open = () => {
    const config = databaseConfig(target)
    const dialect =
      config.kind === 'sqlite'
        ? createSqliteDialect(config.file)
        : createPostgresDialect(config.url, { log: silentLog })
    return new Kysely<unknown>({ dialect })
  }
  let database: Kysely<unknown>
  before(() => {
    database = open()
  })
  after(() => database.destroy())

  const options = (more: Partial<MigrateOptions> = {}): MigrateOptions => ({
    kind: target.kind,
    backupDir: '/nonexistent/backups',
    log: silentLog,
    ...more,
  })
  const tableNames = async () => {
    const tables = await database.introspection.getTables()
    return tables.map((table) => table.name).toSorted()
  }
  const count = async (table: string) => {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(database)
    return rows[0]?.count
  }

  test('go up, down without a trace, and up again, on two nodes that start at once', async () => {
    const other = open()
    await Promise.all([migrateToLatest(database, options()), migrateToLatest(other, options())])
    await other.destroy()
    const tables = await tableNames()
    for (const table of ['user', 'usage_record', 'message', 'run_event']) assert.ok(tables.includes(table), table)
    await migrateDown(database, options())
    assert.deepEqual(await tableNames(), [])
    await migrateToLatest(database, options())
    assert.deepEqual(await tableNames(), tables)
  })

  if (target.kind === 'postgres')
    test('see neither views nor what another program has beside them', async () => {
      await migrateDown(database, options())
      await sql`create schema beside`.execute(database)
      for (const name of ['kysely_migration', 'kysely_migration_lock', 'node'])
        await sql`create table beside.${sql.id(name)} (name text)`.execute(database)
      await sql`insert into beside.kysely_migration values ('not ours')`.execute(database)
      await sql`create view kysely_view as select 1 as one`.execute(database)
      await migrateToLatest(database, options())
      assert.equal(await count('node'), 0)
      await sql`drop schema beside cascade`.execute(database)
      await sql`drop view kysely_view`.execute(database)
    })

  test('keys that are there when their managers become known: what an administrator made or bounded is an administrator’s', async () => {
    await migrateDown(database, options())
    const before = Object.entries(migrations).filter(([name]) => name < '110')
    await migrateToLatest(database, options({ migrations: Object.fromEntries(before) }))
    await sql`insert into "user" (id, email, username, password_hash, role, token_quota, created_at, updated_at)
      values ('ann', 'ann@example.com', 'ann', 'x', 'user', 0, 1, 1)`.execute(database)
    const addKey = (id: string, { userId = 'ann', accounts = null, at = 1 }: AddedKey = {}) =>
      sql`insert into api_key (id, name, hash, hint, user_id, account_ids_json, created_at, updated_at)
        values (${id}, ${id}, ${id}, '', ${userId}, ${accounts}, ${at}, ${at})`.execute(database)
    const note = (id: string, target: string | null, action: string, detail: object) =>
      sql`insert into audit (id, at, action, target_kind, target_id, detail_json)
        values (${id}, 50100, ${action}, 'api_key', ${target}, ${JSON.stringify(detail)})`.execute(database)
    for (const id of ['own', 'renamed', 'made', 'bounded']) await addKey(id)
    await addKey('nobodys', { userId: null })
    await addKey('pinned', { accounts: '["a"]' })
    await addKey('bulk 1', { at: 50_000 })
    await note('1', 'renamed', 'api_key.update', { name: 'renamed', notes: 'limits' })
    await note('2', 'made', 'api_key.create', { name: 'made', user_id: 'ann' })
    await note('3', 'bounded', 'api_key.update', { limits: [] })
    await note('4', null, 'api_key.create', { name: 'bulk', user_id: 'ann', count: 1 })
    await migrateToLatest(database, options())
    const { rows } = await sql<{ id: string; managed_by: string }>`select id, managed_by from api_key`.execute(database)
    const managed = (by: string) => rows.filter(({ managed_by }) => managed_by === by).map(({ id }) => id)
    assert.deepEqual(new Set(managed('admin')), new Set(['made', 'bounded', 'nobodys', 'pinned', 'bulk 1']))
    assert.deepEqual(new Set(managed('user')), new Set(['own', 'renamed']))
    await migrateDown(database, options())
    await migrateToLatest(database, options())
  })

  test('a step that fails leaves the database as it was', async () => {
    const broken: SchemaMigration = {
      async up(on) {
        await on.schema.createTable('half').addColumn('id', 'integer').execute()
        throw new Error('in the middle')
      },
      down: async () => {},
    }
    const backupDir = tempFolder({ after })
    const run = migrateToLatest(database, options({ backupDir, migrations: { ...migrations, '900-broken': broken } }))
    await assert.rejects(run, (error: Error) => {
      assert.match(error.message, /900-broken failed/)
      assert.match(String(error.cause), /in the middle/)
      return true
    })
    assert.equal((await tableNames()).includes('half'), false)
    await migrateToLatest(database, options())
  })

  test('a database with tables is copied before it changes, on SQLite', async () => {
    const backupDir = tempFolder({ after })
    await sql`insert into setting (key, value_json, updated_at) values ('mine', '1', 1)`.execute(database)
    const clearing: SchemaMigration = {
      up: async (on) => void (await sql`delete from setting`.execute(on)),
      down: async () => {},
    }
    await migrateToLatest(database, options({ backupDir, migrations: { ...migrations, '901-clearing': clearing } }))
    assert.equal(await count('setting'), 0)
    const files = readdirSync(backupDir)
    if (target.kind === 'postgres') return assert.deepEqual(files, [])
    assert.equal(files.length, 1)
    const copy = new DatabaseSync(join(backupDir, files[0] ?? ''), { readOnly: true })
    assert.deepEqual(copy.prepare('select key from setting').all().map(Object.values), [['mine']])
    copy.close()
  })

  test('a database that a newer version has used is refused, with its reason', async () => {
    await assert.rejects(migrateToLatest(database, options()), (error: Error) => {
      assert.ok(error instanceof NewerDatabaseError)
      assert.match(error.message, /newer version of Parley.*"901-clearing"/)
      return true
    })
  })

  if (target.kind === 'sqlite') {
    test('a table can be built anew without losing what refers to it, and broken references are refused', async () => {
      await sql`delete from kysely_migration where name = '901-clearing'`.execute(database)
      await sql`create table parent (id text primary key) strict`.execute(database)
      await sql`create table child (id text references parent (id) on delete cascade) strict`.execute(database)
      await sql`insert into parent values ('p')`.execute(database)
      await sql`insert into child values ('p')`.execute(database)
      const rebuild = (idOf: string): SchemaMigration => ({
        async up(on) {
          await sql`create table parent_new (id text primary key, name text) strict`.execute(on)
          await sql`insert into parent_new select ${sql.raw(idOf)}, 'n' from parent`.execute(on)
          await sql`drop table parent`.execute(on)
          await sql`alter table parent_new rename to parent`.execute(on)
        },
        down: async () => {},
      })
      const backupDir = tempFolder({ after })
      const breaking = { ...migrations, '902-rebuild': rebuild(`'other'`) }
      await assert.rejects(migrateToLatest(database, options({ backupDir, migrations: breaking })))
      await migrateToLatest(
        database,
        options({ backupDir, migrations: { ...migrations, '902-rebuild': rebuild('id') } }),
      )
      assert.equal(await count('child'), 1)
      const { rows } = await sql<{ foreign_keys: number }>`pragma foreign_keys`.execute(database)
      assert.deepEqual(rows, [{ foreign_keys: 1 }])
    })
  }
})
