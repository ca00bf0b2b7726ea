import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wireNames, wires } from '../index.ts'
import { readChunks, streamOf, writeContext } from '../testing/bytes.ts'
import { called, reply } from '../testing/replies.ts'
import { parseExactly } from './json.ts'

/** Of 64 bits, as databases and social networks number things; JavaScript's numbers end at 53. */
const args = '{"id":1234567890123456789,"list":[18446744073709551615,1],"small":7}'

describe('numbers that JavaScript cannot hold', () => {
  it('are written as they were read, and others are numbers', () => {
    assert.equal(JSON.stringify(parseExactly(args)), args)
    assert.deepEqual(parseExactly('{"digits":"1234567890123456789","n":0.69999998807907104,"m":1234567890123456}'), {
      digits: '1234567890123456789',
      n: 0.699_999_988_079_071,
      m: 1_234_567_890_123_456,
    })
    assert.throws(() => parseExactly('{"a":1234567890123456789'), SyntaxError)
  })

  for (const name of wireNames) {
    const wire = wires[name]
    const events = reply(called(0, { id: 'call_1', name: 'look' }, args), 'tool-calls')
    const argumentsIn = (read: ReturnType<typeof wire.readResponse>) =>
      read.map((event) => (event.type === 'tool-call-delta' ? event.json : '')).join('')

    it(`pass through ${name} in calls, streamed, whole and in the history`, () => {
      assert.equal(argumentsIn(readChunks(wire, [streamOf(wire, events)])), args)
      const body = JSON.stringify(wire.writeResponse(events, writeContext))
      assert.equal(argumentsIn(wire.readResponse(parseExactly(body))), args)
      const request = wire.readRequest(
        parseExactly(
          JSON.stringify(
            wire.writeRequest({
              model: 'm',
              stream: false,
              system: [],
              messages: [
                { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
                { role: 'assistant', content: [{ type: 'tool-call', id: 'call_1', name: 'look', arguments: args }] },
              ],
              tools: [],
            }),
          ),
        ),
        { model: 'm', stream: false },
      )
      const [block] = request.messages[1]?.content ?? []
      assert.equal(block?.type === 'tool-call' && block.arguments, args)
    })
  }
})
