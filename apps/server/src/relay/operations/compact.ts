import { compactions, wires } from '@parley/wires'
import { bytePassage, exchanged, generated, type PrepareOptions, sentBody, wireAskOf } from '../prepare.ts'
import type { Operation } from './operation.ts'

/** A conversation made short: passed on to upstreams that speak Responses, asked of all others as a summary. */
export const compact: Operation = {
  choose: (candidates) => candidates,

  prepare(options) {
    return options.slot.candidate.account.wires.includes('openai-responses')
      ? passedOn(options)
      : generated(options, compactions)
  },
}

function passedOn(options: PrepareOptions) {
  const ask = wireAskOf(options)
  const wire = wires['openai-responses']
  return exchanged(options, {
    wire,
    path: '/v1/responses/compact',
    headers: ask.headers,
    body: sentBody(ask, options.slot).body,
    passage: bytePassage(options, wire.meter('json'), false),
    isSameWire: true,
  })
}
