/** What operators read: the audit trail, the live log, backups, the system. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { fetchWhole, forEachDatabase, parseSse, readSse, send } from '@parley/testkit'
import { sql } from 'kysely'
import { startServer, type TestServer } from './harness.ts'

interface Entry {
  readonly id: string
  readonly actor_email: string
  readonly action: string
  readonly subject_kind: string
  readonly subject_id: string | null
  readonly before: { readonly [name: string]: unknown } | null
  readonly after: { readonly [name: string]: unknown }
  readonly request_id: string
  readonly ip: string
}

interface Backup {
  readonly id: string
  readonly bytes: number
  readonly kind: string
  readonly restore_command: string | null
}

forEachDatabase('the operator', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database, env: { LOG_LEVEL: 'info' } })
  })
  after(() => server[Symbol.asyncDispose]())

  const authorization = () => ({ authorization: `Bearer ${server.token}` })
  const get = (where: string, headers = {}) =>
    fetchWhole(server.url + where, { headers: { ...authorization(), ...headers } })

  describe('reads the audit trail', () => {
    let userId: string
    before(async () => {
      const person = { email: 'ann@example.com', password: 'a good long one' }
      userId = (await server.api<{ id: string }>('POST', '/admin/users', person)).id
      await server.api('PATCH', `/admin/users/${userId}`, { plan: 'pro', password: 'another long one' })
      await server.addAccount({ name: 'up', kind: 'anthropic', api_key: 'sk-ant-secret-0123456789' })
      await server.addKey({ name: '=cmd()' })
    })

    it('with who, what, when, from where, in which request, and how it was before', async () => {
      const [changed, made] = await server.api<Entry[]>('GET', `/admin/audit?subject_id=${userId}`)
      assert.deepEqual([changed?.action, made?.action], ['user.update', 'user.create'])
      assert.deepEqual(changed?.before, { plan: 'free' })
      assert.deepEqual(changed?.after, { plan: 'pro', password: '[redacted]' })
      assert.equal(made?.before, null)
      assert.equal(changed?.actor_email, 'admin@example.com')
      assert.match(changed?.request_id ?? '', /^[0-9a-f-]{36}$/)
      assert.match(changed?.ip ?? '', /127\.0\.0\.1/)
    })

    it('without secrets', async () => {
      const { text } = await get('/admin/audit?limit=500')
      assert.doesNotMatch(text, /secret-0123|long one|cr_/)
    })

    it('by who, by what was done, to what, and when', async () => {
      const actions = async (query: string) =>
        (await server.api<Entry[]>('GET', `/admin/audit?${query}`)).map(({ action }) => action)
      assert.deepEqual(await actions('action=user'), ['user.update', 'user.create'])
      assert.deepEqual(await actions('action=user.create'), ['user.create'])
      assert.deepEqual(await actions('subject_kind=account'), ['account.create'])
      assert.deepEqual(await actions(`actor_id=${userId}`), [])
      assert.deepEqual(await actions('to=2020-01-01T00:00:00Z'), [])
      assert.equal((await actions('from=2020-01-01T00:00:00Z')).length, 4)
    })

    it('page by page', async () => {
      const whole = await server.api<Entry[]>('GET', '/admin/audit')
      const pages: Entry[] = []
      for (let cursor = ''; ; ) {
        const page = await server.api<Entry[]>('GET', `/admin/audit?limit=3${cursor && `&cursor=${cursor}`}`)
        pages.push(...page)
        cursor = page.at(-1)?.id ?? ''
        if (page.length < 3) break
      }
      assert.deepEqual(pages, whole)
    })

    it('as CSV and JSON', async () => {
      const csv = await get('/admin/audit/export?action=user')
      assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8')
      const [names, first] = csv.text.split('\r\n')
      assert.equal(names, 'id,at,actor_id,actor_email,action,subject_kind,subject_id,before,after,request_id,ip,via')
      assert.match(first ?? '', /,user\.update,user,[^,]+,"\{""plan"":""free""\}"/)
      const json = await get('/admin/audit/export?format=json')
      assert.deepEqual(json.json, await server.api('GET', '/admin/audit'))
    })
  })

  describe('watches the log', () => {
    it('as it is written, of a level and with a text', async () => {
      const stopped = new AbortController()
      const response = await send(`${server.url}/admin/logs?level=warn&q=BATTERY`, {
        headers: authorization(),
        signal: stopped.signal,
      })
      const events = readSse(response)
      const next = async () => (await events.next()).value
      assert.deepEqual(JSON.parse((await next())?.data ?? '').level, 'info')
      server.app.log.info('battery: not bad enough')
      server.app.log.warn('something else')
      server.app.log.error({ password: 'hunter2' }, 'the battery burns')
      const event = await next()
      assert.equal(event?.event, 'line')
      const line = JSON.parse(event?.data ?? '') as { level: string; message: string; password: string }
      assert.deepEqual([line.level, line.message, line.password], ['error', 'the battery burns', '[redacted]'])
      stopped.abort()
    })

    it('and sees there why a call was refused that the ledger does not have', async () => {
      const limits = [{ what: 'requests', per: 'day', max: 0 }]
      const made = await server.api<{ id: string; key: string }>('POST', '/admin/api-keys', { name: 'none', limits })
      const stopped = new AbortController()
      const response = await send(`${server.url}/admin/logs?level=info&q=call refused`, {
        headers: authorization(),
        signal: stopped.signal,
      })
      const events = readSse(response)
      await events.next()
      const ask = (key: string) =>
        fetchWhole(`${server.url}/v1/messages`, {
          headers: { 'x-api-key': key },
          body: { model: 'gpt-4', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] },
        })
      const next = async () => JSON.parse((await events.next()).value?.data ?? '') as Record<string, unknown>
      assert.equal((await ask(made.key)).status, 429)
      const limited = await next()
      assert.deepEqual(
        [limited['message'], limited['error'], limited['key_id'], limited['model'], limited['status']],
        ['call refused', 'limit_reached', made.id, 'gpt-4', 429],
      )
      assert.match(String(limited['reason']), /0 requests per day/)
      assert.equal((await ask('cr_unknown')).status, 401)
      const unknown = await next()
      assert.deepEqual([unknown['error'], unknown['status']], ['key_invalid', 401])
      assert.ok(!JSON.stringify(unknown).includes('cr_unknown'))
      stopped.abort()
    })

    it('and is told how many lines were lost when it cannot follow', async () => {
      const { hostname, port } = new URL(server.url)
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      socket.pause()
      socket.write(`GET /admin/logs?level=error HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`)
      // Lines wait only for those who watch: the first has come when they do.
      socket.resume()
      await once(socket, 'data')
      socket.pause()
      const total = 60_000
      const filler = 'x'.repeat(400)
      for (let index = 0; index < total; index++) {
        server.app.log.error({ index, filler }, 'much')
        if (index % 1000 === 0) await new Promise(setImmediate)
      }
      server.app.log.fatal('the end')
      let text = ''
      socket.setEncoding('utf8')
      for await (const chunk of socket as AsyncIterable<string>) {
        text += chunk
        if (text.includes('the end') || text.includes('event: lost')) server.app.log.fatal('the end')
        if (text.includes('the end')) break
      }
      const events = parseSse(text.slice(text.indexOf('event:')))
      const lines = events.filter(({ event, data }) => event === 'line' && data.includes('"much"')).length
      const lost = events
        .filter(({ event }) => event === 'lost')
        .reduce((sum, { data }) => sum + (JSON.parse(data) as { count: number }).count, 0)
      assert.ok(lost > 0, 'nothing was lost: the test proves nothing')
      assert.ok(lines + lost >= total && lines + lost <= total + 1, `${lines} + ${lost}`)
    })
  })

  describe('keeps backups', () => {
    it('made now, listed, downloaded without the secrets, and deleted', async () => {
      const made = await fetchWhole(`${server.url}/admin/backup`, {
        method: 'POST',
        headers: authorization(),
        body: {},
      })
      if (database.kind === 'postgres' && made.status !== 201) {
        // The client programs of this machine are older than the server, or there are none: the answer says which.
        assert.match(made.text, /pg_dump (failed: .*version|is needed).*"backup_failed"/s)
        assert.deepEqual(await server.api('GET', '/admin/backup'), [])
        return
      }
      assert.equal(made.status, 201, made.text)
      const [backup] = await server.api<Backup[]>('GET', '/admin/backup')
      assert.ok(backup)
      assert.deepEqual((made.json as { data: Backup }).data, backup)
      assert.equal(backup.kind, 'made')
      assert.match(backup.restore_command ?? '', new RegExp(`restore .*${backup.id}$`))

      const archive = await get(`/admin/backup/${backup.id}/download`)
      assert.equal(Number(archive.headers['content-length']), archive.body.length)
      const folder = mkdtempSync(path.join(tmpdir(), 'parley-tar-'))
      try {
        writeFileSync(path.join(folder, 'backup.tar'), archive.body)
        const names = execFileSync('tar', ['-xvf', 'backup.tar'], { cwd: folder, encoding: 'utf8' }).trim().split('\n')
        const file = database.kind === 'sqlite' ? 'parley.db' : 'parley.pgdump'
        assert.deepEqual(names.map((name) => path.basename(name)).toSorted(), ['manifest.json', file])
        if (database.kind === 'sqlite') {
          using copy = new DatabaseSync(path.join(folder, `parley-${backup.id}`, file))
          assert.ok(copy.prepare('select count(*) as count from user').get()?.['count'])
        }
      } finally {
        rmSync(folder, { recursive: true })
      }

      await server.api('DELETE', `/admin/backup/${backup.id}`)
      assert.deepEqual(await server.api('GET', '/admin/backup'), [])
      const trace = await server.api<Entry[]>('GET', `/admin/audit?subject_id=${backup.id}`)
      assert.deepEqual(
        trace.map(({ action }) => action),
        ['backup.delete', 'backup.download', 'backup.create'],
      )
    })

    it('of which nothing outside their folder is one', async () => {
      const { dataDir } = server.app.config
      mkdirSync(path.join(dataDir, 'backups', 'half.part'), { recursive: true })
      writeFileSync(path.join(dataDir, 'backups', 'half.part', 'manifest.json'), '{}')
      mkdirSync(path.join(dataDir, 'backups', 'strange'))
      writeFileSync(path.join(dataDir, 'backups', 'strange', 'manifest.json'), 'nothing of ours')
      assert.deepEqual(await server.api('GET', '/admin/backup'), [])
      for (const id of ['..%2Fsecrets.json', '..', 'half.part', 'nothing'])
        assert.equal((await get(`/admin/backup/${id}/download`)).status, 404, id)
    })

    it('and the copies that were made before migrations', async () => {
      const { dataDir } = server.app.config
      writeFileSync(path.join(dataDir, 'backups', 'before-migration-x.sqlite'), 'x')
      const [copy] = await server.api<Backup[]>('GET', '/admin/backup')
      assert.deepEqual([copy?.kind, copy?.bytes, copy?.restore_command], ['before-migration', 1, null])
      await server.api('DELETE', '/admin/backup/before-migration-x.sqlite')
    })
  })

  it('sees the system', async () => {
    const system = await server.api<{
      version: string
      database: { kind: string; version: string; bytes: number; connections: number | null }
      migrations: { name: string }[]
      nodes: { pid: number; is_this: boolean }[]
      http: { connections: number }
      memory: { rss_bytes: number }
    }>('GET', '/admin/system')
    assert.equal(system.version, server.app.config.version)
    assert.equal(system.database.kind, database.kind)
    assert.match(system.database.version, /^(SQLite|PostgreSQL) \d/)
    assert.ok(system.database.bytes > 100_000)
    assert.equal(system.database.connections === null, database.kind === 'sqlite')
    const { rows } = await sql`select 1 from kysely_migration`.execute(server.app.store.database)
    assert.equal(system.migrations.length, rows.length)
    assert.deepEqual(
      system.nodes.map((node) => [node.pid, node.is_this]),
      [[process.pid, true]],
    )
    assert.ok(system.http.connections >= 1)
    assert.ok(system.memory.rss_bytes > 1_000_000)
  })
})
