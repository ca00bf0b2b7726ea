import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fetchWhole, readSse, send, tempFolder } from '@parley/testkit'
import { createWatchedLog } from '../config/log.ts'
import { type IdentityServer, startIdentityServer } from '../identity/testing/identity-server.ts'
import { logsRoutes } from './logs-routes.ts'

describe('the live log', () => {
  const folder = tempFolder({ after })
  const settings = { level: 'debug', isPretty: false, keepDays: 14 }
  const { log, feed } = createWatchedLog({ settings, folder: path.join(folder, 'logs'), output: undefined })
  let server: IdentityServer
  let url: string
  /** Where hearts beat often. */
  let shortUrl: string
  let headers: { authorization: string }

  before(async () => {
    server = await startIdentityServer(
      { kind: 'sqlite', url: `sqlite:${path.join(folder, 'test.db')}` },
      {
        extend: async () => ({
          rules: () => ({ isRegistrationOpen: true, tokenQuota: 1 }),
          api: () => [logsRoutes({ feed, level: settings.level, heartbeatMs: 20 })],
          admin: () => [logsRoutes({ feed, level: settings.level, heartbeatMs: 60_000 })],
        }),
      },
    )
    const registration = { email: 'root@example.com', password: 'correct horse battery' }
    await server.identity.firstAdmin.create(registration)
    const { body } = await server.call('POST', '/api/auth/login', { body: registration })
    headers = { authorization: `Bearer ${body.data.token}` }
    const origin = await server.fastify.listen({ port: 0, host: '127.0.0.1' })
    url = `${origin}/admin/logs`
    shortUrl = `${origin}/api/logs`
  })
  after(() => server[Symbol.asyncDispose]())

  /** The messages of so many lines, once `then` was done. */
  async function linesOf(query: string, count: number, then: () => void) {
    const stopped = new AbortController()
    const events = readSse(await send(`${url}${query}`, { headers, signal: stopped.signal }))
    assert.equal((await events.next()).value?.event, 'start')
    then()
    const messages: string[] = []
    while (messages.length < count) {
      const { value } = await events.next()
      messages.push((JSON.parse(value?.data ?? '') as { message: string }).message)
    }
    stopped.abort()
    return messages
  }

  it('begins with the last lines of the day, of the level, and goes on with new ones', async () => {
    log.error('very old')
    log.info('old')
    log.debug('not shown')
    log.warn('not so old')
    const messages = await linesOf('?tail=2', 3, () => log.info('new'))
    assert.deepEqual(messages, ['old', 'not so old', 'new'])
  })

  it('begins with nothing unless asked', async () => {
    assert.deepEqual(await linesOf('', 1, () => log.info('newer')), ['newer'])
  })

  it('shows what is less than information when asked', async () => {
    assert.deepEqual(await linesOf('?level=debug', 1, () => log.debug('a detail')), ['a detail'])
  })

  it('refuses levels that there are not', async () => {
    assert.equal((await fetchWhole(`${url}?level=loud`, { headers })).status, 400)
  })

  it('ends for somebody who may not read it any more', async () => {
    const registration = { email: 'second@example.com', password: 'correct horse battery' }
    const { id } = await server.identity.people.create({ ...registration, role: 'admin' })
    const { body } = await server.call('POST', '/api/auth/login', { body: registration })
    const own = { authorization: `Bearer ${body.data.token}` }
    const events = readSse(await send(shortUrl, { headers: own }))
    assert.equal((await events.next()).value?.event, 'start')
    await server.identity.people.administer(id, { role: 'user' })
    assert.equal((await events.next()).done, true)
  })
})
