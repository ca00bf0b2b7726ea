/** Its place among the members, kept by the roster; undefined: it is not one. */
export interface RosterMember {
  place: number | undefined
}

/**
 * Who is there, where members come and go with each call; in no order.
 *
 * Not a Set or Map: when one of those has outgrown its table, the old table keeps what was in it and points to the new one,
 * and once such a table is old enough, nothing that was ever in one is collected before the next full collection.
 */
export class Roster<Member extends RosterMember> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  add(member: Member): void {
    member.place = this.#members.push(member) - 1
  }

  /** False: it was not there. */
  remove(member: Member): boolean {
    const { place } = member
    if (place === undefined) return false
    const last = this.#members.pop()
    if (last !== undefined && last !== member) {
      this.#members[place] = last
      last.place = place
    }
    member.place = undefined
    return true
  }

  /** Each may leave meanwhile, or make others leave; one that is there all the time is visited. */
  forEach(visit: (member: Member) => void): void {
    // Backwards: one that leaves gives its place to the last, which has been visited.
    for (let place = this.#members.length - 1; place >= 0; place -= 1) {
      const member = this.#members[place]
      if (member !== undefined) visit(member)
    }
  }

  list(): Member[] {
    return [...this.#members]
  }
}
