import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Message, MessageBlock } from '../../api/types.ts'
import { partsOf, type ToolPart, toolState } from './parts.ts'

const message = (blocks: readonly MessageBlock[]) => ({ content: '', blocks }) as unknown as Message
const call = (id: string) => ({ type: 'tool-call', id, name: 'weather', arguments: '{}' }) as const
const tool: ToolPart = { type: 'tool', id: 'a', name: 'weather', input: '{}' }

describe('parts of a message', () => {
  it('put what a tool has said to its call, wherever it stands', () => {
    const said = { type: 'tool-result', toolCallId: 'b', content: [{ type: 'text', text: 'rain' }] } as const
    const failed = { type: 'tool-result', toolCallId: 'a', content: [], isError: true } as const
    assert.deepEqual(partsOf(message([call('a'), call('b'), said, failed])), [
      { ...tool, output: '', hasFailed: true },
      { ...tool, id: 'b', output: 'rain', hasFailed: false },
    ])
  })

  it('live with results of any shape', () => {
    const odd = { type: 'tool-result', toolCallId: 'a', content: 'no list' } as unknown as MessageBlock
    assert.deepEqual(partsOf(message([call('a'), odd])), [{ ...tool, output: '', hasFailed: false }])
    assert.deepEqual(partsOf(message([odd])), [])
  })
})

describe('the state of a tool', () => {
  const last = { isLast: true } as const
  it('is that of its output where there is one', () => {
    assert.equal(toolState({ ...tool, output: '' }, { ...last, status: 'running' }), 'done')
    assert.equal(toolState({ ...tool, output: '', hasFailed: true }, { ...last, status: 'done' }), 'failed')
  })

  it('is that of the message where nothing came after it', () => {
    const states = ['running', 'done', 'stopped', 'interrupted', 'failed'] as const
    const seen = states.map((status) => toolState(tool, { ...last, status }))
    assert.deepEqual(seen, ['running', 'called', 'cut', 'cut', 'failed'])
    for (const status of states) assert.equal(toolState(tool, { isLast: false, status }), 'called')
  })
})
