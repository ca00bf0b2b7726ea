/**
 * Work of one kind, gathered from all calls that have come to it and done in one go.
 *
 * The code of a call's whole way is larger than a processor's cache: sixteen calls that take it one after the other load
 * all of it sixteen times, and wait for memory longer than they compute. Step by step they load it once. `schedule` says
 * when: at the end of the event loop's turn (setImmediate), or of the work that is going on (process.nextTick); nothing
 * waits longer than the turn in which it came.
 */
export class Gathered<Member> {
  readonly #schedule: (run: () => void) => void
  readonly #work: (members: readonly Member[]) => void
  #members: Member[] = []

  /** `work` must not throw: it is that of many. */
  constructor(schedule: (run: () => void) => void, work: (members: readonly Member[]) => void) {
    this.#schedule = schedule
    this.#work = work
  }

  add(member: Member): void {
    if (this.#members.push(member) === 1) this.#schedule(this.#run)
  }

  readonly #run = (): void => {
    const members = this.#members
    this.#members = []
    this.#work(members)
  }
}
