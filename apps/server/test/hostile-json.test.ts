/**
 * JSON that is meant to break whoever reads it: nested 20,000 deep, or with the names that every object inherits. Every route
 * that takes a body refuses it or works; the same coming back from an upstream is the upstream's failure, or passes. The
 * doors for replies have more such values in `hostile-values.test.ts`.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
const deepObject = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
const inherited =
  '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"a":1}},"toString":1,"hasOwnProperty":null}'
const values = { deep, deepObject, inherited }

interface Schema {
  readonly properties?: { readonly [name: string]: Schema }
  readonly $ref?: string
}
interface Description {
  readonly components?: { readonly schemas?: { readonly [name: string]: Schema } }
  readonly paths: {
    readonly [path: string]: {
      readonly [method: string]: {
        readonly requestBody?: { readonly content?: { readonly [type: string]: { readonly schema?: Schema } } }
      }
    }
  }
}

/** The whole of a body, and each of its fields in turn. */
function bodiesFor(fields: readonly string[], others: string): string[] {
  const whole = Object.values(values)
  const inFields = fields.flatMap((field) => whole.map((value) => `{${others}"${field}":${value}}`))
  return [...whole, ...inFields]
}

/** The same with all fields at once. */
function bodiesOf(fields: readonly string[]): string[] {
  const inFields = [deep, inherited].map((value) => `{${fields.map((field) => `"${field}":${value}`).join(',')}}`)
  return [...Object.values(values), ...inFields]
}

describe('JSON that is meant to break its reader', () => {
  let server: TestServer
  let upstream: Server
  /** What it answers. */
  let said = { status: 400, contentType: 'application/json', text: '{"error":{"message":"No"}}' }
  const accounts: { [kind: string]: string } = {}
  let key: string

  before(async () => {
    upstream = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(said.status, { 'content-type': said.contentType }).end(said.text)
      })
    }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const base_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    server = await startServer({ env: { PROVIDER_MAX_ATTEMPTS: '1' } })
    for (const kind of ['anthropic', 'openai', 'gemini'])
      accounts[kind] = (
        await server.addAccount({ name: kind, kind, base_url, api_key: 'secret', models: [`of-${kind}`] })
      ).id
    key = (await server.addKey()).key
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    upstream?.close()
  })

  async function send(method: string, path: string, body: string, token: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const reply = await fetchWhole(server.url + path, { method, headers, body })
    assert.ok(reply.status < 500, `${method} ${path} ${body.slice(0, 60)}: ${reply.status} ${reply.text.slice(0, 300)}`)
  }

  test('is no fault of any route of the API', async () => {
    const { json } = await fetchWhole(`${server.url}/openapi.json`)
    const { paths, components } = json as Description
    let tried = 0
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        if (!['post', 'put', 'patch'].includes(method) || /\/v1(?:beta)?\/|logout/.test(path)) continue
        const said = requestBody?.content?.['application/json']?.schema
        const schema = said?.$ref ? components?.schemas?.[said.$ref.split('/').at(-1) ?? ''] : said
        const place = path.replaceAll(/\{\w+\}/g, () => randomUUID())
        for (const body of bodiesOf(Object.keys(schema?.properties ?? {})))
          await send(method.toUpperCase(), place, body, server.token)
        tried += 1
      }
    }
    assert.ok(tried > 50, `${tried} routes were tried`)
  })

  const doors = {
    '/v1/messages/count_tokens': ['messages', 'system', 'tools'],
    '/v1/completions': ['prompt', 'other'],
    '/v1/embeddings': ['input', 'other'],
    '/v1/responses/compact': ['input', 'instructions'],
  }
  for (const [path, fields] of Object.entries(doors))
    for (const kind of ['anthropic', 'openai', 'gemini'])
      test(`is no fault of ${path} before an upstream of kind ${kind}`, async () => {
        for (const body of bodiesFor(fields, `"model":"of-${kind}","max_tokens":9,`))
          await send('POST', path, body, key)
      })

  for (const method of ['countTokens', 'embedContent'])
    for (const kind of ['anthropic', 'openai', 'gemini'])
      test(`is no fault of Gemini’s ${method} before an upstream of kind ${kind}`, async () => {
        const fields = ['contents', 'content', 'systemInstruction', 'tools', 'generationConfig', 'other']
        for (const body of bodiesFor(fields, '')) await send('POST', `/v1beta/models/of-${kind}:${method}`, body, key)
      })

  const asked: { readonly [path: string]: object } = {
    '/v1/messages': { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
    '/v1/chat/completions': { messages: [{ role: 'user', content: 'Hi' }] },
    '/v1/responses': { input: 'Hi' },
  }
  const replies = (value: string) => [
    value,
    `{"content":${value}}`,
    `{"choices":[{"message":{"role":"assistant","content":"Hi","tool_calls":${value}},"finish_reason":"stop"}],"usage":${value}}`,
    `{"candidates":[{"content":{"parts":${value}}}]}`,
    `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${value}}}]},"finishReason":"STOP"}]}`,
    `{"type":"message","content":[{"type":"tool_use","id":"t","name":"f","input":${value}}],"stop_reason":"tool_use"}`,
    `{"error":${value}}`,
    `{"error":{"type":"constructor","code":"__proto__","message":${value}}}`,
  ]
  for (const [path, body] of Object.entries(asked))
    for (const kind of ['anthropic', 'openai', 'gemini'])
      test(`is an upstream’s failure, or passes: ${kind} behind ${path}`, async () => {
        for (const value of Object.values(values)) {
          for (const raw of replies(value)) {
            for (const [status, stream] of [
              [200, false],
              [400, false],
              [200, true],
            ] as const) {
              const contentType = stream ? 'text/event-stream' : 'application/json'
              said = { status, contentType, text: stream ? `data: ${raw}\n\n` : raw }
              await server.api('POST', `/admin/accounts/${accounts[kind]}/reset`)
              const reply = await fetchWhole(server.url + path, {
                headers: { 'x-api-key': key },
                body: { model: `of-${kind}`, stream, ...body },
              })
              const isTheirs = [200, 400, 502].includes(reply.status) || reply.text.includes('The upstream reported')
              assert.ok(isTheirs, `${raw.slice(0, 90)} → ${reply.status} ${reply.text.slice(0, 200)}`)
            }
          }
        }
        await server.settledRecords()
      })
})
