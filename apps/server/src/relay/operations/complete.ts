import { completions, wires } from '@parley/wires'
import { bytePassage, exchanged, generated, type PrepareOptions, sentBody, wireAskOf } from '../prepare.ts'
import type { Operation } from './operation.ts'

/** OpenAI's legacy completions: passed on to upstreams that speak OpenAI's wire, asked of all others as a chat. */
export const complete: Operation = {
  choose: (candidates) => candidates,

  prepare(options) {
    return options.slot.candidate.account.wires.includes('openai-chat')
      ? passedOn(options)
      : generated(options, completions)
  },
}

function passedOn(options: PrepareOptions) {
  const ask = wireAskOf(options)
  const { body, hidesUsage } = sentBody(ask, options.slot)
  const meter = completions.meter(ask.isStream ? 'stream' : 'json')
  return exchanged(options, {
    wire: wires['openai-chat'],
    path: '/v1/completions',
    headers: ask.headers,
    body,
    passage: bytePassage(options, meter, hidesUsage),
    isSameWire: true,
    client: completions,
  })
}
