import type { IncomingHttpHeaders } from 'node:http'
import type { ResponseHeaders, WireName } from '@parley/wires'

/**
 * Headers cross by allow-list only, in both directions: credentials, cookies, addresses and the operator's own proxies
 * stay where they are, and an upstream account's identity and limits are not shown to callers.
 */
const requestHeaders: Record<WireName, readonly string[]> = {
  anthropic: ['anthropic-version', 'anthropic-beta', 'user-agent'],
  'openai-chat': ['openai-beta', 'user-agent'],
  'openai-responses': ['openai-beta', 'user-agent'],
  gemini: ['x-goog-api-client', 'user-agent'],
}

const responseHeaders = ['content-type', 'openai-processing-ms', 'openai-version', 'retry-after'] as const

export function forwardedRequestHeaders(wire: WireName, headers: IncomingHttpHeaders): { [name: string]: string } {
  const forwarded: { [name: string]: string } = {}
  for (const name of requestHeaders[wire]) {
    const value = headers[name]
    if (typeof value === 'string') forwarded[name] = value
  }
  return forwarded
}

/** How the agents that keep sessions name them: Claude Code, Codex. */
const sessionHeaders = ['x-claude-code-session-id', 'session-id', 'session_id', 'x-session-id', 'thread-id'] as const

export function sessionIdOf(headers: IncomingHttpHeaders): string | undefined {
  for (const name of sessionHeaders) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

export function forwardedResponseHeaders(headers: ResponseHeaders): { [name: string]: string } {
  const forwarded: { [name: string]: string } = {}
  for (const name of responseHeaders) {
    const value = headers[name]
    if (typeof value === 'string') forwarded[name] = value
  }
  return forwarded
}
