import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MessageTree } from './message-tree.ts'

/**
 *   a ─ b ─ c
 *     └ d ─ e
 *         └ f
 *   g
 */
const tree = new MessageTree([
  { id: 'f', parent_id: 'd' },
  { id: 'a', parent_id: null },
  { id: 'b', parent_id: 'a' },
  { id: 'c', parent_id: 'b' },
  { id: 'd', parent_id: 'a' },
  { id: 'e', parent_id: 'd' },
  { id: 'g', parent_id: null },
])

describe('a message tree', () => {
  it('knows the path to each message', () => {
    assert.deepEqual(tree.pathTo('f'), ['a', 'd', 'f'])
    assert.deepEqual(tree.pathTo('g'), ['g'])
    assert.deepEqual(tree.pathTo(null), [])
    assert.deepEqual(tree.pathTo('unknown'), [])
  })

  it('knows what stands beside each message, oldest first', () => {
    assert.deepEqual(tree.siblingsOf('d'), ['b', 'd'])
    assert.deepEqual(tree.siblingsOf('g'), ['a', 'g'])
    assert.deepEqual(tree.siblingsOf('c'), ['c'])
  })

  it('follows the newest branch to its end', () => {
    assert.equal(tree.newestLeafBelow('a'), 'f')
    assert.equal(tree.newestLeafBelow('b'), 'c')
    assert.equal(tree.newestLeafBelow('g'), 'g')
  })

  it('gives a branch in an order in which it can be taken down from its end', () => {
    const branch = tree.branchAt('a')
    assert.deepEqual(new Set(branch), new Set(['a', 'b', 'c', 'd', 'e', 'f']))
    for (const id of branch.slice(1)) {
      const parent = tree.pathTo(id).at(-2)
      assert.ok(branch.indexOf(parent ?? '') < branch.indexOf(id))
    }
  })
})
