/** The branch that is shown, as a list: each message follows the one before it. */
import type { Message } from '../../api/types.ts'

/**
 * Puts a new message after its parent; what stood there is on another branch from now on. Undefined where the parent is not
 * known.
 */
export function placeMessage(branch: readonly Message[], message: Message): readonly Message[] | undefined {
  if (branch.some(({ id }) => id === message.id)) return branch
  const at = message.parent_id === null ? 0 : branch.findIndex(({ id }) => id === message.parent_id) + 1
  if (at === 0 && message.parent_id !== null) return undefined
  const siblings = branch[at]?.sibling_ids ?? []
  return [...branch.slice(0, at), { ...message, sibling_ids: [...siblings, message.id] }]
}

/** Where a message stands among its alternatives. */
export interface Alternatives {
  readonly number: number
  readonly count: number
  readonly previous: string | undefined
  readonly next: string | undefined
}

export function alternativesOf({ id, sibling_ids: siblings }: Message): Alternatives | undefined {
  if (siblings.length < 2) return undefined
  const index = siblings.indexOf(id)
  return { number: index + 1, count: siblings.length, previous: siblings[index - 1], next: siblings[index + 1] }
}
