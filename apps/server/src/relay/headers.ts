import type { IncomingHttpHeaders } from 'node:http'
import type { ResponseHeaders, WireName } from '@parley/wires'
import type { Slot } from '../upstreams/account.ts'

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

const betas = 'anthropic-beta'

/** Of one name the account's stand against the caller's; only the list of beta features is both of theirs. */
export function sentHeaders(
  { defaultHeaders, headers }: Pick<Slot, 'defaultHeaders' | 'headers'>,
  asked: { readonly [name: string]: string },
): { [name: string]: string } {
  const sent: { [name: string]: string } = {
    'content-type': 'application/json',
    ...defaultHeaders,
    ...asked,
    ...headers,
  }
  if (asked[betas] !== undefined && headers[betas] !== undefined) sent[betas] = `${asked[betas]},${headers[betas]}`
  return sent
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
