/** Where a message stands. */
export interface Place {
  readonly id: string
  readonly parent_id: string | null
}

/**
 * The shape of a conversation, without its words. Ids sort by time, so of several that follow one message the greatest is
 * the newest. Loading it whole and walking it here takes one scan of an index, where walking it in SQL takes a step of a
 * recursive query for each message.
 */
export class MessageTree {
  readonly #parents = new Map<string, string | null>()
  readonly #children: Map<string | null, string[]>

  constructor(places: readonly Place[]) {
    for (const { id, parent_id } of places) this.#parents.set(id, parent_id)
    this.#children = new Map()
    for (const { id, parent_id } of places.toSorted((left, right) => (left.id < right.id ? -1 : 1))) {
      const siblings = this.#children.get(parent_id)
      if (siblings === undefined) this.#children.set(parent_id, [id])
      else siblings.push(id)
    }
  }

  has(id: string): boolean {
    return this.#parents.has(id)
  }

  /** From the root to `leafId`; empty when there is no such message. */
  pathTo(leafId: string | null): string[] {
    const path: string[] = []
    for (let id: string | null | undefined = leafId; id !== null && this.#parents.has(id); ) {
      path.push(id)
      id = this.#parents.get(id) ?? null
    }
    return path.reverse()
  }

  /** All that follow the same message, itself among them, oldest first. */
  siblingsOf(id: string): readonly string[] {
    return this.childrenOf(this.#parents.get(id) ?? null)
  }

  /** What follows a message, oldest first; null asks for the beginnings. */
  childrenOf(id: string | null): readonly string[] {
    return this.#children.get(id) ?? []
  }

  /** The end of the newest branch below a message: itself when nothing follows it. */
  newestLeafBelow(id: string): string {
    let leaf = id
    for (let next = this.childrenOf(leaf).at(-1); next !== undefined; next = this.childrenOf(leaf).at(-1)) leaf = next
    return leaf
  }

  /** A message and all that follows it on every branch, each before what follows it. */
  branchAt(id: string): string[] {
    const branch = [id]
    for (let index = 0; index < branch.length; index += 1) branch.push(...this.childrenOf(branch[index] ?? null))
    return branch
  }
}
