import { type ErrorCode, errorTable } from '@parley/contract'
import { type ChatEvent, type RelayError, wires } from '@parley/wires'
import { isContent } from '../runs/message-fold.ts'
import type { MessageEnded, MessageStarted, RunError } from '../runs/run-event.ts'
import type { Encoder } from './dialect.ts'

/**
 * Plain Anthropic events, as that API streams a message. The end waits for the numbers that come after it in the log, so
 * that `message_delta` says what was really used.
 */
export function createAnthropicEncoder(): Encoder {
  let write: ((event: ChatEvent) => string) | undefined
  let finish: ChatEvent = { type: 'finish', reason: 'stop' }

  function begin(event: MessageStarted): string {
    const { messageId, modelId, createdAt } = event
    write = wires.anthropic.writeStream({ id: messageId, model: modelId, createdAt: Math.floor(createdAt / 1000) })
    return write({ type: 'start', id: messageId, model: modelId })
  }

  function end({ error }: MessageEnded): string {
    return error === undefined ? (write?.(finish) ?? '') : said(error)
  }

  return ({ seq, event }) => {
    if (event.type === 'message-start') return numbered(seq, begin(event))
    if (event.type === 'message-end') return numbered(seq, end(event))
    if (event.type === 'end') return event.error === undefined ? '' : numbered(seq, said(event.error))
    if (!isContent(event)) return ''
    if (event.type !== 'finish') return numbered(seq, write?.(event) ?? '')
    finish = event
    return ''
  }
}

/** The number goes on the last of the events that one event of the log became: who has the number has them all. */
function numbered(seq: number, text: string): string {
  if (text === '') return ''
  const lastEvent = text.lastIndexOf('\n\n', text.length - 3)
  const at = lastEvent === -1 ? 0 : lastEvent + 2
  return `${text.slice(0, at)}id: ${seq}\n${text.slice(at)}`
}

const kinds: { readonly [status: number]: RelayError['kind'] } = {
  400: 'invalid-request',
  402: 'payment',
  403: 'permission',
  404: 'not-found',
  413: 'too-large',
  429: 'rate-limit',
  503: 'overloaded',
  504: 'timeout',
}

function said(error: RunError): string {
  return wires.anthropic.writeStreamError(relayError(error))
}

function relayError({ code, message, retryAfterMs }: RunError): RelayError {
  const status = Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode].status : 502
  const kind = kinds[status] ?? 'server'
  return { kind, status, message, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
