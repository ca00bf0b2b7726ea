import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

const tables = ['notice', 'oidc_identity', 'password_reset', 'recovery_code', 'user_mfa']

/** Authenticators, links to a new password, sign-in by OpenID Connect, and what an audit entry says of its request. */
export const signIn: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    for (const name of ['before_json', 'request_id']) {
      await database.schema.alterTable('audit').addColumn(name, text).execute()
    }
    await database.schema
      .alterTable('user')
      .addColumn('has_password', integer, (column) => column.notNull().defaultTo(1))
      .execute()
    await table('user_mfa')
      .addColumn('user_id', text, (column) => column.primaryKey().references('user.id').onDelete('cascade'))
      .addColumn('secret_sealed', text, (column) => column.notNull())
      .addColumn('enabled_at', integer)
      .addColumn('last_step', integer, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .execute()
    await table('recovery_code', { isKeyed: true })
      .addColumn('user_id', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('hash', text, (column) => column.notNull())
      .addColumn('used_at', integer)
      .addPrimaryKeyConstraint('recovery_code_key', ['user_id', 'hash'])
      .execute()
    await table('password_reset', { isKeyed: true })
      .addColumn('hash', text, (column) => column.primaryKey())
      .addColumn('user_id', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .execute()
    await database.schema.createIndex('password_reset_user').on('password_reset').column('user_id').execute()
    await table('oidc_identity', { isKeyed: true })
      .addColumn('issuer', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('oidc_identity_key', ['issuer', 'subject'])
      .execute()
    await database.schema.createIndex('oidc_identity_user').on('oidc_identity').column('user_id').execute()
    await table('notice')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('subject_id', text, (column) => column.notNull())
      .addColumn('first_at', integer, (column) => column.notNull())
      .addColumn('last_at', integer, (column) => column.notNull())
      .addColumn('count', integer, (column) => column.notNull())
      .addUniqueConstraint('notice_subject', ['kind', 'subject_id'])
      .execute()
  },
  async down(database) {
    for (const name of tables) await database.schema.dropTable(name).execute()
    await database.schema.alterTable('user').dropColumn('has_password').execute()
    for (const name of ['request_id', 'before_json']) {
      await database.schema.alterTable('audit').dropColumn(name).execute()
    }
  },
}
