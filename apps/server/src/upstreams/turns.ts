import type { Account, Candidate } from './account.ts'

/**
 * Whose turn it is among accounts of the same priority (weighted fair queueing: each call moves its account's turn on by
 * one over its weight, and the common time by one over all weights).
 *
 * Guarantees: the calls that accounts get are as their weights, at any load; one that was out or is new is not flooded to
 * make up for it; sessions that keep to an account count, and the others make up for those.
 */
export class Turns {
  readonly #models = new Map<string, ModelTurns>()

  /** Lower is earlier. */
  turnOf(model: string, { id }: Account): number {
    const turns = this.#models.get(model)
    return turns === undefined ? 0 : turnIn(turns, id)
  }

  /** The first of these gets a call. */
  took(model: string, order: readonly Candidate[]): void {
    const [first] = order
    if (first === undefined) return
    const turns = this.#turnsOf(model)
    const { id, weight, priority } = first.account
    const peers = order.reduce((sum, { account }) => sum + (account.priority === priority ? account.weight : 0), 0)
    turns.now += 1 / peers
    turns.next.set(id, turnIn(turns, id) + 1 / weight)
  }

  #turnsOf(model: string): ModelTurns {
    let turns = this.#models.get(model)
    if (turns === undefined) {
      turns = { now: 0, next: new Map() }
      // Names come from callers; who is forgotten starts level with the others.
      if (this.#models.size >= maxModels) this.#models.clear()
      this.#models.set(model, turns)
    }
    return turns
  }
}

interface ModelTurns {
  now: number
  readonly next: Map<string, number>
}

const maxModels = 2_000
/** In rounds: what an account may make up for, and how far ahead its sessions can bring it. */
const longestLag = 2
const longestLead = 20

function turnIn({ now, next }: ModelTurns, id: string): number {
  return Math.min(Math.max(next.get(id) ?? now, now - longestLag), now + longestLead)
}
