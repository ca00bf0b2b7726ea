/** One holder at a time, in the order of asking. */
export class Mutex {
  #isHeld = false
  readonly #waiting: (() => void)[] = []

  async acquire(): Promise<void> {
    if (this.#isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isHeld = true
  }

  /** Hands over to the next in line, so nobody who comes later can slip in between. */
  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isHeld = false
    else next()
  }
}
