import { hash } from 'node:crypto'
import type { Planned } from '../ledger/ticket.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Outcome } from './exchange.ts'
import type { CallTrace, Trace } from './trace.ts'
import { createTraceRepository, type PlanRow, type TraceRow } from './trace-repository.ts'

/**
 * The decisions of calls, kept for a while.
 *
 * Guarantees: no call waits for them; they are written in batches, apart from what is billed, in bounded memory; when the
 * database does not answer they are lost, which is a line in the log, and no call is.
 */
export interface Traces extends AsyncDisposable {
  /** Of a call that went as planned, for its row in the ledger; undefined: it is to be recorded. */
  planned(trace: Trace): Planned | undefined
  /** Of a call that has been settled. */
  record(trace: Trace, outcome: Outcome): void
  find(requestId: string): Promise<CallTrace | undefined>
  /** Resolves when everything so far is on disk, or lost. */
  flush(): Promise<void>
  /** Those whose time is over. Done now and then anyway. */
  removeOld(): Promise<void>
}

export interface TracesOptions {
  readonly store: Store
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** 0: nothing is kept. */
  readonly keepMs: number
  /** Resolves when the ledger's table has every call so far. */
  readonly settled: () => Promise<void>
}

/** So short that few of them outlive the young generation while they wait. */
const gatherMs = 50
const maxBatch = 200
const maxWaiting = 20_000
const removeEveryMs = 600_000
/** A plan is written again after this, so that one in use is not removed. */
const planLifetimeMs = 600_000
const maxPlans = 2_000

export function createTraces(options: TracesOptions): Traces {
  return new GatheredTraces(options)
}

class GatheredTraces implements Traces {
  readonly #options: TracesOptions
  readonly #repository: ReturnType<typeof createTraceRepository>
  readonly #remover: NodeJS.Timeout
  /** By what tells them apart. */
  readonly #plans = new Map<string, Pick<PlanRow, 'id' | 'usedAt'>>()
  #waitingPlans: PlanRow[] = []
  #waiting: TraceRow[] = []
  #lost = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: TracesOptions) {
    this.#options = options
    this.#repository = createTraceRepository(options.store)
    this.#remover = setInterval(() => {
      this.removeOld().catch((err: unknown) => options.log.warn({ err }, 'old traces were not removed'))
    }, removeEveryMs).unref()
  }

  /** /!\ Hot path: nearly every call goes as planned. */
  planned(trace: Trace): Planned | undefined {
    const { keepMs, clock } = this.#options
    if (keepMs === 0 || !trace.wentAsPlanned) return undefined
    const key = trace.planKey
    const known = this.#plans.get(key)
    const now = clock()
    const isKept = known !== undefined && now - known.usedAt < planLifetimeMs
    const { id } = isKept ? known : this.#keepPlan(key, trace, now)
    trace.isInLedger = true
    return { planId: id, sentMs: trace.sentMs }
  }

  record(trace: Trace, outcome: Outcome): void {
    if (this.#options.keepMs === 0 || trace.isInLedger) return
    if (this.#waiting.length >= maxWaiting) {
      this.#lost += 1
      return
    }
    // As text at once: what it was made of would be kept alive meanwhile.
    const finished = trace.finished(outcome)
    this.#waiting.push({ id: finished.request_id, json: JSON.stringify(finished) })
    this.#gather()
  }

  async find(requestId: string): Promise<CallTrace | undefined> {
    const { settled, clock, keepMs } = this.#options
    await Promise.all([this.flush(), settled()])
    const since = clock() - keepMs
    return (await this.#repository.tryFind(requestId)) ?? (await this.#repository.tryFindPlanned(requestId, since))
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  removeOld(): Promise<void> {
    const { clock, keepMs } = this.#options
    // A plan may have been used until it was due to be written again.
    return this.#repository.removeBefore(clock() - keepMs, planLifetimeMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#remover)
    await this.flush()
  }

  #keepPlan(key: string, trace: Trace, usedAt: number): Pick<PlanRow, 'id'> {
    const json = JSON.stringify(trace.plan)
    const id = hash('sha256', json, 'base64url').slice(0, 22)
    if (this.#plans.size >= maxPlans) this.#plans.clear()
    this.#plans.set(key, { id, usedAt })
    this.#waitingPlans.push({ id, json, usedAt })
    this.#gather()
    return { id }
  }

  #gather(): void {
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs)
  }

  async #write(): Promise<void> {
    await this.#writePlans()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, maxBatch)
      this.#waiting = this.#waiting.slice(maxBatch)
      try {
        await this.#repository.insert(batch, this.#options.clock())
      } catch (err) {
        this.#options.log.warn({ err, calls: batch.length }, 'the decisions of calls were not written down')
      }
    }
    if (this.#lost > 0)
      this.#options.log.warn({ calls: this.#lost }, 'too many calls at once: their decisions were not written down')
    this.#lost = 0
  }

  async #writePlans(): Promise<void> {
    if (this.#waitingPlans.length === 0) return
    // The newest of equal ones.
    const plans = new Map(this.#waitingPlans.map((plan) => [plan.id, plan]))
    this.#waitingPlans = []
    try {
      await this.#repository.writePlans([...plans.values()])
    } catch (err) {
      // They are written when they are used the next time.
      this.#plans.clear()
      this.#options.log.warn({ err, plans: plans.size }, 'the plans of calls were not written down')
    }
  }
}
