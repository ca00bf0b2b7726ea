import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import { pageRoutes } from './pages.ts'
import { useSecurityHeaders } from './security-headers.ts'

describe('the page', () => {
  const folder = `${mkdtempSync(path.join(tmpdir(), 'parley-pages-'))}/`
  let app: FastifyInstance

  before(async () => {
    app = Fastify() as unknown as FastifyInstance
    await useSecurityHeaders(app)
    await pageRoutes(app, { folder })
  })
  after(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })

  it('says so when it is not built, and is there as soon as it is', async () => {
    assert.equal((await app.inject('/')).statusCode, 503)
    mkdirSync(`${folder}assets`)
    writeFileSync(`${folder}index.html`, '<p>the page')
    writeFileSync(`${folder}diagram.html`, '<p>diagrams')
    writeFileSync(`${folder}artifact.html`, '<p>artifacts')
    writeFileSync(`${folder}assets/index-Ab3_-9xZ.js`, 'plain')
    writeFileSync(`${folder}assets/index-Ab3_-9xZ.js.br`, 'compressed')
    writeFileSync(`${folder}assets/first-paint.js`, 'theme')
    for (const place of [
      '/',
      '/web',
      '/sign-in',
      '/setup',
      '/c/some-id',
      '/settings/chat',
      '/console/accounts',
      '/shared/token',
    ]) {
      const { statusCode, body, headers } = await app.inject(place)
      assert.deepEqual([statusCode, body, headers['cache-control']], [200, '<p>the page', 'no-cache'], place)
    }
    assert.equal((await app.inject('/elsewhere')).statusCode, 404)
  })

  it('says itself that there is nothing at an address, to a browser and to nobody else', async () => {
    for (const place of ['/elsewhere', '/consol', '/assets/nope.js']) {
      const asBrowser = await app.inject({ url: place, headers: { accept: 'text/html,*/*;q=0.8' } })
      const isFile = place.startsWith('/assets')
      assert.equal(asBrowser.statusCode, 404, place)
      assert.equal(asBrowser.body === '<p>the page', !isFile, place)
      assert.notEqual((await app.inject({ url: place, headers: { accept: '*/*' } })).body, '<p>the page', place)
      const sent = await app.inject({ method: 'POST', url: place, headers: { accept: 'text/html' } })
      assert.notEqual(sent.body, '<p>the page', place)
    }
  })

  it('lets files be kept whose names change with their content, and sends them compressed', async () => {
    const plain = await app.inject('/assets/index-Ab3_-9xZ.js')
    assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(plain.body, 'plain')
    const compressed = await app.inject({ url: '/assets/index-Ab3_-9xZ.js', headers: { 'accept-encoding': 'br' } })
    assert.deepEqual([compressed.headers['content-encoding'], compressed.body], ['br', 'compressed'])
    assert.equal((await app.inject('/assets/first-paint.js')).headers['cache-control'], 'no-cache')
  })

  it('has nothing outside of its folder, and says so as of anything that is not there', async () => {
    for (const name of [
      'nope.js',
      '%2e%2e/index.html',
      '..%2findex.html',
      '..%5cindex.html',
      '%00',
      '.',
      '/etc/passwd',
      '',
    ])
      assert.equal((await app.inject(`/assets/${name}`)).statusCode, 404, name)
  })

  it('allows nothing inline, but for the styles of diagrams, in a document of their own', async () => {
    assert.match(
      String((await app.inject('/')).headers['content-security-policy']),
      /script-src 'self';style-src 'self';/,
    )
    const { headers } = await app.inject('/diagram')
    assert.match(
      String(headers['content-security-policy']),
      /script-src 'self';style-src 'unsafe-inline';frame-ancestors 'self'/,
    )
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
  })

  it('lets pages that models write run, apart from our origin, and reach nothing', async () => {
    const { headers, body } = await app.inject('/artifact')
    const policy = String(headers['content-security-policy'])
    assert.equal(body, '<p>artifacts')
    assert.match(policy, /^sandbox allow-scripts allow-forms;default-src 'none';script-src 'unsafe-inline';/)
    assert.doesNotMatch(policy, /allow-same-origin|connect-src|https?:/)
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
  })
})
