import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ParleyError } from '@parley/contract'
import type { AccountKind } from './account.ts'
import { type EndpointSettings, readEndpoint } from './endpoint.ts'

function endpoint(kind: AccountKind, baseUrl: string | null, more: Partial<EndpointSettings> = {}) {
  return readEndpoint({ kind, baseUrl, apiKey: 'secret', accessToken: null, headers: {}, wires: null, ...more })
}

function urlOf(kind: AccountKind, baseUrl: string | null, wirePath: string, model = 'm'): string {
  const target = endpoint(kind, baseUrl)
  return target.origin + target.path(wirePath, model)
}

describe('readEndpoint', () => {
  test('goes to the provider itself when no base URL is given', () => {
    assert.equal(urlOf('anthropic', null, '/v1/messages'), 'https://api.anthropic.com/v1/messages')
    assert.equal(urlOf('openai', null, '/v1/responses'), 'https://api.openai.com/v1/responses')
    assert.equal(
      urlOf('gemini', null, '/v1beta/models/m:generateContent'),
      'https://generativelanguage.googleapis.com/v1beta/models/m:generateContent',
    )
  })

  const bases: [string, string][] = [
    ['http://127.0.0.1:9100', 'http://127.0.0.1:9100/v1/chat/completions'],
    ['http://127.0.0.1:9100/', 'http://127.0.0.1:9100/v1/chat/completions'],
    ['http://127.0.0.1:9100/v1', 'http://127.0.0.1:9100/v1/chat/completions'],
    ['https://openrouter.ai/api/v1/', 'https://openrouter.ai/api/v1/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', 'https://open.bigmodel.cn/api/paas/v4/chat/completions'],
    ['https://example.com/gateway?team=a', 'https://example.com/gateway/v1/chat/completions?team=a'],
  ]
  for (const [base, expected] of bases) {
    test(`takes ${base} as people write it`, () => {
      assert.equal(urlOf('openai', base, '/v1/chat/completions'), expected)
    })
  }

  test('keeps a query of the wire beside one of the base URL', () => {
    assert.equal(
      urlOf('gemini', 'http://h/x?a=1', '/v1beta/models/m:s?alt=sse'),
      'http://h/x/v1beta/models/m:s?alt=sse&a=1',
    )
  })

  test('names the deployment and the API version on Azure', () => {
    const azure = (base: string, path: string) => urlOf('azure-openai', base, path, 'my gpt')
    assert.equal(
      azure('https://x.openai.azure.com', '/v1/chat/completions'),
      'https://x.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    )
    assert.equal(
      azure('https://x.openai.azure.com/openai/?api-version=2025-04-01-preview', '/v1/embeddings'),
      'https://x.openai.azure.com/openai/deployments/my%20gpt/embeddings?api-version=2025-04-01-preview',
    )
    assert.equal(azure('https://x.openai.azure.com', '/v1/responses'), 'https://x.openai.azure.com/openai/v1/responses')
    assert.equal(
      azure('https://x.openai.azure.com/openai/v1', '/v1/chat/completions'),
      'https://x.openai.azure.com/openai/v1/chat/completions',
    )
  })

  const servers: [AccountKind, string | null, string, string[]][] = [
    ['openai', null, 'openai', ['openai-chat', 'openai-responses']],
    ['openai', 'https://eu.api.openai.com/v1', 'openai', ['openai-chat', 'openai-responses']],
    ['openai', 'https://api.openai.com.example/v1', 'compatible', ['openai-chat']],
    ['azure-openai', 'https://x.openai.azure.com', 'openai', ['openai-chat', 'openai-responses']],
    ['openai', 'https://openrouter.ai/api/v1', 'openrouter', ['openai-chat']],
    ['openai', 'https://api.mistral.ai/v1', 'mistral', ['openai-chat']],
    ['openai', 'https://api.deepseek.com', 'deepseek', ['openai-chat']],
    ['openai', 'https://api.moonshot.cn/v1', 'moonshot', ['openai-chat']],
    ['openai', 'https://api.z.ai/api/paas/v4', 'zhipu', ['openai-chat']],
    ['openai', 'https://open.bigmodel.cn/api/paas/v4', 'zhipu', ['openai-chat']],
    ['openai', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'qwen', ['openai-chat']],
    ['openai', 'https://coding.dashscope.aliyuncs.com/v1', 'qwen', ['openai-chat']],
    ['openai', 'https://api.x.ai/v1', 'xai', ['openai-chat']],
    ['openai', 'https://api.groq.com/openai/v1', 'strict', ['openai-chat']],
    ['openai', 'https://api.cerebras.ai/v1', 'strict', ['openai-chat']],
    ['openai', 'https://notmistral.ai', 'compatible', ['openai-chat']],
  ]
  for (const [kind, base, dialect, wires] of servers) {
    test(`knows by its host how ${base ?? kind} speaks`, () => {
      const spoken = endpoint(kind, base)
      assert.deepEqual([spoken.dialect, spoken.wires], [dialect, wires])
    })
  }

  test('sends the credential the way each kind expects it', () => {
    assert.deepEqual(endpoint('anthropic', null).headers, { 'x-api-key': 'secret' })
    assert.deepEqual(endpoint('openai', null).headers, { authorization: 'Bearer secret' })
    assert.deepEqual(endpoint('gemini', null).headers, { 'x-goog-api-key': 'secret' })
    assert.deepEqual(endpoint('azure-openai', 'https://x').headers, { 'api-key': 'secret' })
    assert.deepEqual(endpoint('openai', 'http://localhost', { apiKey: null }).headers, {})
  })

  test('lets custom headers stand against its own', () => {
    const { headers } = endpoint('openai', 'http://h', { headers: { Authorization: 'Token t', 'X-Team': 'a' } })
    assert.deepEqual(headers, { authorization: 'Token t', 'x-team': 'a' })
  })

  test('has a version for Anthropic clients that say none', () => {
    assert.deepEqual(endpoint('anthropic', null).defaultHeaders, { 'anthropic-version': '2023-06-01' })
  })

  test('speaks Responses only with OpenAI itself', () => {
    assert.deepEqual(endpoint('openai', null).wires, ['openai-chat', 'openai-responses'])
    assert.deepEqual(endpoint('openai', 'http://localhost:11434').wires, ['openai-chat'])
    assert.deepEqual(endpoint('openai', null, { wires: ['openai-responses'] }).wires, ['openai-responses'])
  })

  for (const base of ['ftp://x', 'not a url', 'https://user:pass@host']) {
    test(`refuses ${base} and names the field`, () => {
      assert.throws(
        () => endpoint('openai', base),
        (error) => error instanceof ParleyError && error.message.startsWith('base_url: '),
      )
    })
  }

  test('asks for a base URL where there is no default', () => {
    assert.throws(() => endpoint('azure-openai', null), /base_url/)
  })
})
