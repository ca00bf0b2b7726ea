import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SendOptions, type TestDatabase, fetchWhole } from '@parley/testkit'
import { type App, createApp } from '../src/app.ts'
import { createConfig } from '../src/config/config.ts'
import { databaseConfig } from '../src/store/testing/open-store.ts'
import { prepareAccounts } from '../src/identity/prepare-accounts.ts'
import type { UsageRecord } from '../src/ledger/records.ts'

const administrator = { email: 'admin@example.com', password: 'correct horse battery' }

export interface TestServerOptions {
  /** Environment variables, on top of those that tests need. */
  readonly env?: { readonly [name: string]: string }
  readonly database?: TestDatabase
  /** As `--demo` starts it: with the two accounts of the demo. */
  readonly isDemo?: boolean
}

/** A whole server on a free port with a data folder of its own, its first administrator signed in. */
export interface TestServer extends AsyncDisposable {
  readonly app: App
  readonly url: string
  /** The administrator's access token. */
  readonly token: string
  /** A request to the API; fails the test unless it is answered with 2xx. Gives `data`. */
  api<T>(method: string, path: string, body?: object): Promise<T>
  /** Makes an upstream account. */
  addAccount(fields: { readonly [name: string]: unknown }): Promise<{ id: string }>
  /** Makes an API key and gives the key itself. */
  addKey(fields?: { readonly [name: string]: unknown }): Promise<{ id: string; key: string }>
  /** The ledger's rows, oldest first, once nothing is open any more. */
  settledRecords(): Promise<UsageRecord[]>
}

export async function startServer({ env = {}, database, isDemo = false }: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-server-'))
  const settings = createConfig(
    {
      DATA_DIR: folder,
      PORT: '0',
      SIMULATOR_DELAY_MS: '0',
      LOG_LEVEL: 'silent',
      ADMIN_EMAIL: administrator.email,
      ADMIN_PASSWORD: administrator.password,
      SIGN_INS_PER_MINUTE: '1000',
      CHAT_REQUESTS_PER_MINUTE: '100000',
      PROVIDER_BACKOFF_429_MS: '0',
      PROVIDER_BACKOFF_5XX_MS: '0',
      ...env,
    },
    { isDemo },
  )
  const config = database === undefined ? settings : { ...settings, database: databaseConfig(database) }
  const app = await createApp(config)
  await prepareAccounts(app.identity, config)
  const url = await app.listen()
  const { token } = await request<{ token: string }>(`${url}/api/auth/login`, { body: administrator })
  const api = <T>(method: string, path: string, body?: object) =>
    request<T>(url + path, { method, headers: { authorization: `Bearer ${token}` }, ...(body && { body }) })

  return {
    app,
    url,
    token,
    api,
    addAccount: (fields) => api('POST', '/admin/accounts', fields),
    addKey: (fields = {}) => api('POST', '/admin/api-keys', { name: 'test', ...fields }),
    settledRecords: () => settledRecords(app),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function request<T>(url: string, options: SendOptions): Promise<T> {
  const reply = await fetchWhole(url, options)
  if (reply.status < 200 || reply.status > 299)
    throw new Error(`${options.method ?? 'POST'} ${url}: ${reply.status} ${reply.text}`)
  return (reply.json as { data: T }).data
}

async function settledRecords({ store, ledger }: App): Promise<UsageRecord[]> {
  for (;;) {
    await ledger.flush()
    const rows = await store.database.selectFrom('usage_record').selectAll().orderBy('id').execute()
    if (rows.every(({ status }) => status === 'settled')) return rows
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
