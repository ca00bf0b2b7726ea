/**
 * Work of one kind, gathered from all calls that have come to it in a turn of the event loop and done in one go at its end.
 *
 * The code of a call's whole way is larger than a processor's cache: sixteen calls that take it one after the other load
 * all of it sixteen times, and wait for memory longer than they compute. Step by step they load it once. Nothing waits
 * longer than the turn in which it came.
 */
export class Gathered<Member> {
  readonly #work: (members: readonly Member[]) => void
  #members: Member[] = []

  /** `work` must not throw: it is that of many. */
  constructor(work: (members: readonly Member[]) => void) {
    this.#work = work
  }

  add(member: Member): void {
    if (this.#members.push(member) === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
    const members = this.#members
    this.#members = []
    this.#work(members)
  }
}
