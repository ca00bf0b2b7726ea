import type { FinishReason, Usage } from '@parley/wires'
import { type ContextCounted, isCutOff, type LoggedEvent, type RunError, type RunEvent } from '../runs/run-event.ts'
import { type Encoder, formatEvent } from './dialect.ts'
import { tokenCounts } from './messages.ts'

export interface ChatDialectOptions {
  /** USAGE_EMIT */
  readonly isUsageSent: boolean
  /** USAGE_PROVIDER_ONLY: estimates of ours are not sent. */
  readonly isUsageFromUpstreamOnly: boolean
}

/**
 * The events `start`, `content`, `usage`, `stop`, `end`, `complete`, told apart by `type` in their data. Usage: an estimate
 * of what is sent at the beginning, then what the upstream says as it says it; if it says nothing, ours at the end.
 */
export function createChatEncoder(options: ChatDialectOptions): Encoder {
  let context: ContextCounted | undefined
  let isUpstreamHeard = false

  function usageData(usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number }): object {
    const limit = context?.contextLimit ?? null
    const remaining = limit === null ? null : Math.max(0, limit - usage.prompt_tokens)
    return { type: 'usage', usage: { ...usage, context_limit: limit, context_remaining: remaining } }
  }

  function counted(event: ContextCounted): object | undefined {
    context = event
    if (!options.isUsageSent || options.isUsageFromUpstreamOnly) return undefined
    const { promptTokens } = event
    return usageData({ prompt_tokens: promptTokens, completion_tokens: 0, total_tokens: promptTokens })
  }

  function used(event: { usage: Usage; source?: string }): object | undefined {
    const isEstimate = event.source === 'estimate'
    if (!isEstimate) isUpstreamHeard = true
    if (!options.isUsageSent || (isEstimate && (options.isUsageFromUpstreamOnly || isUpstreamHeard))) return undefined
    return usageData(tokenCounts(event.usage))
  }

  function dataOf(event: RunEvent): object | undefined {
    switch (event.type) {
      case 'message-start':
        return { type: 'start', messageId: event.messageId }
      case 'context':
        return counted(event)
      case 'text':
      case 'refusal':
        return { type: 'content', content: event.text }
      case 'thinking':
        return event.text === '' ? undefined : { type: 'thinking', content: event.text }
      case 'usage':
        return used(event)
      case 'finish':
        return { type: 'stop', reason: stopReasons[event.reason] }
      case 'message-end':
        return event.error === undefined
          ? { type: 'end', messageId: event.messageId, status: event.status }
          : failed(event.error, { messageId: event.messageId })
      case 'end':
        if (event.error !== undefined) return failed(event.error)
        return isCutOff(event.status) ? undefined : { type: 'complete' }
      default:
        return undefined
    }
  }

  return ({ seq, event }: LoggedEvent) => {
    const data = dataOf(event)
    return data === undefined ? '' : formatEvent({ seq, data })
  }
}

function failed({ message, code }: RunError, about: { messageId?: string } = {}): object {
  return { type: 'error', ...about, error: message, code }
}

const stopReasons: { readonly [reason in FinishReason]: string } = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-window': 'length',
  'tool-calls': 'tool_calls',
  refusal: 'content_filter',
  'content-filter': 'content_filter',
  pause: 'stop',
  'malformed-tool-call': 'tool_calls',
}
