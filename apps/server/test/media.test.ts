import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Agent } from 'undici'
import Anthropic from '@anthropic-ai/sdk'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import OpenAI from 'openai'
import { createMediaFetcher } from '../src/relay/media/media-fetcher.ts'
import { startServer, type TestServer } from './harness.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)
const pdf = Buffer.from('%PDF-1.7\n%%EOF\n')

/** A place on the web with a picture, a document, and things that go wrong. */
async function startWeb(): Promise<{ url: string; asked: string[]; close(): Promise<void> }> {
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (path === '/a.png') response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(png)
    else if (path === '/a.pdf') response.writeHead(200, { 'content-type': 'application/pdf' }).end(pdf)
    else if (path === '/a.txt') response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Notes.')
    else if (path === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>no</p>')
    else if (path === '/moved') response.writeHead(302, { location: '/a.png' }).end()
    else if (path === '/inward')
      response.writeHead(302, { location: `http://${String(request.headers['x-here'])}/a.png` }).end()
    else if (path === '/round') response.writeHead(302, { location: '/round' }).end()
    else if (path === '/large') response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(3_000_000, 1))
    else if (path !== '/silent') response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

describe('pictures and documents by URL', () => {
  let upstream: FakeUpstream
  let web: Awaited<ReturnType<typeof startWeb>>
  let server: TestServer
  let anthropic: Anthropic
  let openai: OpenAI

  before(async () => {
    upstream = await startFakeUpstream()
    web = await startWeb()
    server = await startServer({ env: { ALLOW_PRIVATE_URLS: 'true' } })
    const accounts = { 'gemini-2.5-pro': 'gemini', 'claude-sonnet-4-5': 'anthropic', 'gpt-4-compatible': 'openai' }
    for (const [model, kind] of Object.entries(accounts))
      await server.addAccount({ name: model, kind, base_url: upstream.url, api_key: 'secret', models: [model] })
    const { key } = await server.addKey()
    anthropic = new Anthropic({ baseURL: server.url, apiKey: key, maxRetries: 0 })
    openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 })
  })
  beforeEach(() => {
    upstream.clear()
    web.asked.length = 0
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
    await web?.close()
  })

  const ask = (model: string, sources: readonly [type: 'image' | 'document', path: string][]) =>
    anthropic.messages.create({
      model,
      max_tokens: 100,
      messages: [
        {
          role: 'user',
          content: sources.map(([type, path]) =>
            type === 'image'
              ? { type, source: { type: 'url', url: web.url + path } }
              : { type, source: { type: 'url', url: web.url + path } },
          ),
        },
      ],
    })
  const sent = () => upstream.received[0]?.body.toString() ?? ''

  test('reach Gemini as bytes, each fetched once, with the type that the bytes have', async () => {
    await ask('gemini-2.5-pro', [
      ['image', '/a.png'],
      ['image', '/moved'],
      ['image', '/a.png'],
      ['document', '/a.pdf'],
    ])
    assert.equal(sent().split(png.toString('base64')).length, 4)
    assert.ok(sent().includes(pdf.toString('base64')))
    assert.ok(!sent().includes('octet-stream') && !sent().includes(web.url))
    assert.deepEqual(web.asked.toSorted(), ['/a.pdf', '/a.png', '/a.png', '/moved'])
  })

  test('documents reach OpenAI Chat as bytes, or as the text that they are; pictures stay URLs', async () => {
    await ask('gpt-4-compatible', [
      ['document', '/a.pdf'],
      ['document', '/a.txt'],
      ['image', '/a.png'],
    ])
    assert.ok(
      sent().includes(pdf.toString('base64')) && sent().includes('Notes.') && sent().includes(`${web.url}/a.png`),
    )
    assert.deepEqual(web.asked.toSorted(), ['/a.pdf', '/a.txt'])
  })

  test('in the result of a tool too', async () => {
    const image = { type: 'image' as const, source: { type: 'url' as const, url: `${web.url}/a.png` } }
    await anthropic.messages.create({
      model: 'gemini-2.5-pro',
      max_tokens: 100,
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [image] }] },
      ],
    })
    assert.ok(sent().includes(png.toString('base64')))
  })

  test('are left to an upstream that fetches them itself', async () => {
    await openai.chat.completions.create({
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `${web.url}/a.png` } }] }],
    })
    assert.ok(sent().includes(`${web.url}/a.png`))
    assert.deepEqual(web.asked, [])
  })

  for (const [path, why] of [
    ['/none', /messages\[0\]\.content\[1\]\.source.*404/],
    ['/page', /neither a picture nor a PDF/],
    ['/round', /redirects more than 3 times/],
    ['/a.pdf', /not of the type image/],
  ] as const) {
    test(`${path} is refused, naming the field`, async () => {
      const asking = ask('gemini-2.5-pro', [
        ['image', '/a.png'],
        ['image', path],
      ])
      await assert.rejects(asking, (error) => error instanceof Anthropic.BadRequestError && why.test(error.message))
      assert.equal(upstream.received.length, 0)
      const [record] = (await server.settledRecords()).slice(-1)
      assert.deepEqual([record?.http_status, record?.cost_nanos], [400, 0])
    })
  }

  const image = (path: string) => `${web.url}${path}`
  const callers = {
    '/v1/messages': {
      body: (url: string, times: number) => ({
        max_tokens: 9,
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'user', content: Array(times).fill({ type: 'image', source: { type: 'url', url } }) },
        ],
      }),
      field: 'messages[1].content[0].source.url',
      list: 'messages',
    },
    '/v1/chat/completions': {
      body: (url: string, times: number) => ({
        messages: [
          { role: 'system', content: 'Be brief' },
          { role: 'user', content: Array(times).fill({ type: 'image_url', image_url: { url } }) },
        ],
      }),
      field: 'messages[1].content[0].image_url.url',
      list: 'messages',
    },
    '/v1/responses': {
      body: (url: string, times: number) => ({
        input: [
          { role: 'system', content: 'Be brief' },
          { role: 'user', content: Array(times).fill({ type: 'input_image', image_url: url }) },
        ],
      }),
      field: 'input[1].content[0].image_url',
      list: 'input',
    },
    '/v1beta/models/gpt-4-compatible:generateContent': {
      body: (url: string, times: number) => ({
        contents: [{ parts: Array(times).fill({ fileData: { fileUri: url, mimeType: 'application/pdf' } }) }],
      }),
      field: 'contents[0].parts[0].fileData.fileUri',
      list: 'contents',
    },
  }
  for (const [path, { body, field, list }] of Object.entries(callers))
    test(`at ${path} are refused by the name that the caller has for the field`, async () => {
      const { key } = await server.addKey()
      const ask = async (url: string, times: number) =>
        await fetchWhole(server.url + path, {
          headers: { 'x-api-key': key },
          body: { model: 'gemini-2.5-pro', ...body(image(url), times) },
        })
      const missing = await ask('/none', 1)
      assert.equal(missing.status, 400, missing.text)
      assert.ok(missing.text.includes(`${field}: `), missing.text)
      const many = await ask('/a.png', 21)
      assert.equal(many.status, 400, many.text)
      assert.ok(many.text.includes(`"${list}: `), many.text)
    })

  test('an address of the operator’s own network is not asked, however it is written', async () => {
    await using fetcher = createMediaFetcher({ allowPrivateUrls: false })
    const { port } = new URL(web.url)
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '169.254.169.254']) {
      await assert.rejects(fetcher.fetch(`http://${host}:${port}/a.png`, 'source'), {
        code: 'invalid_input',
        message: /source: .*its address is private/,
      })
    }
    assert.deepEqual(web.asked, [])
  })

  test('a public address that redirects to one of the operator’s own network gets nowhere', async () => {
    const { host } = new URL(web.url)
    const open = new Agent()
    // The name stands for a server outside; what it redirects to is asked for like anything else.
    await using fetcher = createMediaFetcher({
      allowPrivateUrls: false,
      compose: (dispatch) => (options, handler) =>
        String(options.origin) === 'http://public.example'
          ? open.dispatch({ ...options, origin: web.url, headers: { 'x-here': host } }, handler)
          : dispatch(options, handler),
    })
    assert.deepEqual((await fetcher.fetch('http://public.example/a.png', 'source')).bytes, png)
    await assert.rejects(fetcher.fetch('http://public.example/inward', 'source'), /its address is private/)
    assert.deepEqual(web.asked, ['/a.png', '/inward'])
    await open.close()
  })

  test('what is too large, too slow, or not on the web is given up', async () => {
    await using fetcher = createMediaFetcher({ allowPrivateUrls: true, timeoutMs: 200, maxBytes: 2 * 1024 * 1024 })
    await assert.rejects(fetcher.fetch(`${web.url}/large`, 'source'), /larger than 2 MB/)
    await assert.rejects(fetcher.fetch(`${web.url}/silent`, 'source'), /took too long/)
    await assert.rejects(fetcher.fetch('file:///etc/passwd', 'source'), /not an http/)
  })
})
