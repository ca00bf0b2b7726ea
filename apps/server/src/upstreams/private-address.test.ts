import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startFakeUpstream } from '@parley/testkit'
import { request } from 'undici'
import { Connection } from './connection.ts'
import { assertPublicUrl, isPrivateAddress, publicLookup } from './private-address.ts'

describe('isPrivateAddress', () => {
  const privates = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '2002:7f00:1::',
    '4000::1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    'not an address',
  ]
  for (const address of privates) {
    test(`${address} is private`, () => assert.equal(isPrivateAddress(address), true))
  }
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8']) {
    test(`${address} is public`, () => assert.equal(isPrivateAddress(address), false))
  }
})

describe('assertPublicUrl', () => {
  // The URL parser reads all of these as 127.0.0.1.
  const disguised = [
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f000001',
    'http://2130706433',
    'http://017700000001',
  ]
  for (const url of [...disguised, 'http://[::1]:8080', 'http://[::ffff:7f00:1]', 'http://localhost:9']) {
    test(`refuses ${url} and names the field`, async () => {
      await assert.rejects(assertPublicUrl(url, 'apiUrl'), { code: 'private_address', message: /^apiUrl: / })
    })
  }

  test('lets public addresses pass', async () => {
    await assertPublicUrl('https://8.8.8.8/v1', 'apiUrl')
  })
})

describe('a connection for public addresses only', () => {
  const post = async (connection: Connection, url: string) => {
    const { statusCode, body } = await request(url, { dispatcher: connection.dispatcher })
    await body.dump()
    return statusCode
  }

  test('does not connect to a name that has a private address, nor to the address itself', async () => {
    await using upstream = await startFakeUpstream()
    const connection = new Connection({ proxy: null, connectTimeoutMs: 1000, isPublicOnly: true })
    const { port } = new URL(upstream.url)
    await assert.rejects(post(connection, `http://localhost:${port}/v1/models`), { code: 'ERR_PRIVATE_ADDRESS' })
    await assert.rejects(post(connection, `${upstream.url}/v1/models`), { code: 'ERR_PRIVATE_ADDRESS' })
    assert.equal(upstream.totals.connections, 0)
    await connection.destroy()
  })

  test('asks for all addresses or one, as it is asked itself', async () => {
    const answers = await Promise.all(
      [true, false].map(
        (all) => new Promise((done) => publicLookup('localhost', { all }, (error) => done(error?.name))),
      ),
    )
    assert.deepEqual(answers, ['PrivateAddressRefused', 'PrivateAddressRefused'])
  })
})
