import { Roster, type RosterMember } from '../state/roster.ts'

/** How long a call waits, for what. Milliseconds. */
export interface CallTimes {
  readonly firstByteMs: number
  readonly idleMs: number
  /** For whole replies and for the chat; a program's stream may run as long as it flows. */
  readonly totalMs: number | undefined
  readonly heartbeatMs: number
  /** How long to read on after the client left, to learn the usage. */
  readonly drainMs: number
}

interface ClockEvents {
  expired(what: 'first_byte_timeout' | 'idle_timeout' | 'total_timeout' | 'client_gone'): void
  heartbeat(): void
  drained(): void
}

/** A caller who takes nothing for this long is gone. */
const stalledClientMs = 300_000
/** No time-out is meant more exactly than this. */
const tickMs = 50
const never = Number.POSITIVE_INFINITY

/**
 * What one call waits for, until when: the upstream or the caller, the total, the next heart-beat.
 *
 * /!\ Hot path: moved with each chunk. All calls share one timer, which looks at them in turn: timers of their own cost
 * more than the chunks.
 */
export class Clocks implements RosterMember {
  readonly #times: CallTimes
  readonly #events: ClockEvents
  #phase: 'first_byte_timeout' | 'idle_timeout' | 'client_gone' | 'drain' = 'first_byte_timeout'
  #phaseEndsAt = never
  #totalEndsAt = never
  #heartbeatAt = never
  place: number | undefined

  constructor(times: CallTimes, events: ClockEvents) {
    this.#times = times
    this.#events = events
  }

  start(isStream: boolean): void {
    const { firstByteMs, totalMs = never, heartbeatMs } = this.#times
    const now = performance.now()
    this.#phaseEndsAt = now + firstByteMs
    this.#totalEndsAt = now + totalMs
    if (isStream) this.#heartbeatAt = now + heartbeatMs
    running.add(this)
    ticker ??= setInterval(tick, tickMs)
  }

  /** The upstream has sent something: from now on silence is counted from here. */
  touch(): void {
    if (this.#phase === 'drain') return
    const now = performance.now()
    if (this.#heartbeatAt !== never) this.#heartbeatAt = now + this.#times.heartbeatMs
    this.#phase = 'idle_timeout'
    this.#phaseEndsAt = now + this.#times.idleMs
  }

  /** The upstream is held back because the caller is slow: its silence is not its own. */
  waitForClient(): void {
    this.#phase = 'client_gone'
    this.#phaseEndsAt = performance.now() + stalledClientMs
  }

  drain(): void {
    this.#heartbeatAt = never
    this.#phase = 'drain'
    this.#phaseEndsAt = performance.now() + this.#times.drainMs
  }

  stop(): void {
    running.remove(this)
  }

  look(now: number): void {
    if (now >= this.#heartbeatAt) {
      this.#heartbeatAt = now + this.#times.heartbeatMs
      this.#events.heartbeat()
    }
    if (now >= this.#totalEndsAt) this.#events.expired('total_timeout')
    else if (now < this.#phaseEndsAt) return
    else if (this.#phase === 'drain') this.#events.drained()
    else this.#events.expired(this.#phase)
  }
}

const running = new Roster<Clocks>()
let ticker: NodeJS.Timeout | undefined

/** Ends with the first tick that finds no call, not with the last call: the next one mostly comes before. */
function tick(): void {
  const now = performance.now()
  running.forEach((clocks) => clocks.look(now))
  if (running.size > 0) return
  clearInterval(ticker)
  ticker = undefined
}
