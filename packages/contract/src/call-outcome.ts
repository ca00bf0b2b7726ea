/** How calls ended, in the groups that people look for: the ledger's reasons in each, and there are no others. */
export const outcomeReasons = {
  done: ['done', 'cached'],
  failed: [
    'upstream_error',
    'upstream_cut',
    'connect_timeout',
    'first_byte_timeout',
    'idle_timeout',
    'total_timeout',
    'internal_error',
  ],
  refused: ['refused'],
  stopped: ['client_gone', 'stopped', 'limit_reached'],
  interrupted: ['interrupted'],
} as const

export type CallOutcome = keyof typeof outcomeReasons

/** Why a call ended, on each ledger row. */
export type EndReason = (typeof outcomeReasons)[CallOutcome][number]

export const callOutcomes = ['done', 'failed', 'refused', 'stopped', 'interrupted'] as const satisfies CallOutcome[]

/** A reason that is in no group is none that anybody hoped for. */
export function outcomeOf(endReason: string | null): CallOutcome {
  const isIn = (outcome: CallOutcome) => outcomeReasons[outcome].some((reason) => reason === endReason)
  return callOutcomes.find(isIn) ?? 'failed'
}
