import { createHash } from 'node:crypto'

/**
 * Gives a name to each statement that comes more than once, so that PostgreSQL can keep it prepared. The number of names
 * is bounded, because each connection keeps all of them: statements built from data (lists of different lengths) come once
 * and stay nameless.
 */
export class StatementNames {
  readonly #names = new Map<string, string>()
  readonly #seenOnce = new Set<string>()
  readonly #maxNames: number

  constructor(maxNames = 300) {
    this.#maxNames = maxNames
  }

  /** Undefined: send it without a name. */
  tryName(sql: string): string | undefined {
    const name = this.#names.get(sql)
    if (name !== undefined || this.#names.size >= this.#maxNames || !preparable.test(sql)) return name
    if (this.#seenOnce.delete(sql)) {
      const made = createHash('sha256').update(sql).digest('base64url')
      this.#names.set(sql, made)
      return made
    }
    const [oldest] = this.#seenOnce
    if (oldest !== undefined && this.#seenOnce.size >= this.#maxNames) this.#seenOnce.delete(oldest)
    this.#seenOnce.add(sql)
    return undefined
  }
}

const preparable = /^\s*(select|insert|update|delete|with)\b/i
