import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Message } from '../../api/types.ts'
import { alternativesOf, placeMessage } from './branch.ts'

function message(id: string, parentId: string | null, siblings: readonly string[] = [id]): Message {
  return { id, parent_id: parentId, sibling_ids: siblings } as Message
}
const ids = (branch: readonly Message[] | undefined) => branch?.map(({ id }) => id)

describe('the branch that is shown', () => {
  const branch = [message('1', null), message('2', '1'), message('3', '2'), message('4', '3')]

  it('grows at its end, each message once', () => {
    const grown = placeMessage(branch, message('5', '4')) ?? []
    assert.deepEqual(ids(grown), ['1', '2', '3', '4', '5'])
    assert.equal(placeMessage(grown, message('5', '4')), grown)
  })

  it('turns to a reply that is made anew, beside the one that was there', () => {
    const turned = placeMessage(branch, message('2b', '1')) ?? []
    assert.deepEqual(ids(turned), ['1', '2b'])
    assert.deepEqual(turned[1]?.sibling_ids, ['2', '2b'])
  })

  it('turns to a new beginning, and says of what follows something unknown that it does', () => {
    assert.deepEqual(ids(placeMessage(branch, message('1b', null))), ['1b'])
    assert.equal(placeMessage(branch, message('9', 'elsewhere')), undefined)
  })

  it('knows where a message stands among its alternatives', () => {
    assert.equal(alternativesOf(message('a', null)), undefined)
    assert.deepEqual(alternativesOf(message('b', null, ['a', 'b', 'c'])), {
      number: 2,
      count: 3,
      previous: 'a',
      next: 'c',
    })
  })
})
