import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiKey } from './api-key.ts'
import { assertUsable } from './assert-usable.ts'

const key: ApiKey = {
  id: 'k',
  name: 'k',
  userId: null,
  isEnabled: true,
  expiresAt: null,
  activeMs: null,
  models: null,
  wires: null,
  ipAllow: null,
  clients: null,
  accountIds: null,
  accountGroups: null,
  cacheSeconds: null,
  limits: [],
}
const claudeCode = 'claude-cli/2.1.329 (external, cli)'

function codeFor(restriction: Partial<ApiKey>, { ip = '10.1.2.3', userAgent = claudeCode } = {}): string {
  try {
    assertUsable({ ...key, ...restriction }, { ip, headers: { 'user-agent': userAgent } }, 1000)
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('a key without restrictions may be used', () => {
  assert.equal(codeFor({}), 'ok')
})

test('a key that is off or at its end may not', () => {
  assert.equal(codeFor({ isEnabled: false }), 'key_disabled')
  assert.equal(codeFor({ expiresAt: 1000 }), 'key_expired')
  assert.equal(codeFor({ expiresAt: 1001 }), 'ok')
})

for (const [ranges, ip, outcome] of [
  [['10.0.0.0/8'], '10.255.0.1', 'ok'],
  [['10.0.0.0/8'], '11.0.0.1', 'key_ip_forbidden'],
  [['10.0.0.0/8'], '::ffff:10.0.0.1', 'ok'],
  [['192.0.2.1', '2001:db8::/32'], '2001:db8:1::7', 'ok'],
  [['2001:db8::/32'], '10.0.0.1', 'key_ip_forbidden'],
  [['10.0.0.0/8'], 'nonsense', 'key_ip_forbidden'],
] as const) {
  test(`a key for ${ranges.join(' and ')}, used from ${ip}: ${outcome}`, () => {
    assert.equal(codeFor({ ipAllow: ranges }, { ip }), outcome)
  })
}

for (const [clients, userAgent, outcome] of [
  [['claude-code'], claudeCode, 'ok'],
  [['claude-code'], 'curl/8.5.0', 'key_client_forbidden'],
  [['claude-code'], '', 'key_client_forbidden'],
  [['codex', 'gemini-cli'], 'codex_cli_rs/0.169.0 (Debian 12)', 'ok'],
  [['codex', 'gemini-cli'], 'GeminiCLI/0.61.0/gemini-3 (linux; x64)', 'ok'],
  [['qwen-code'], 'QwenCode/0.24.4 (linux; x64)', 'ok'],
  [['anthropic-sdk'], 'Anthropic/JS 1.11.0', 'ok'],
  [['openai-sdk'], 'AsyncOpenAI/Python 2.1.0', 'ok'],
  [['our-tool'], 'Our-Tool/1.0', 'ok'],
  [['our-tool'], 'not our-tool/1.0', 'key_client_forbidden'],
  [['constructor'], 'curl/8.5.0', 'key_client_forbidden'],
] as const) {
  test(`a key for ${clients.join(' and ')}, used by "${userAgent}": ${outcome}`, () => {
    assert.equal(codeFor({ clients }, { userAgent }), outcome)
  })
}
