import type { LimitPer, LimitWhat } from './limit.ts'
import type { Message } from './messages.ts'

/** So much of what a limit counts. */
export const limitAmounts = {
  requests: { en: '{max} requests', zh: '{max} 次请求' },
  tokens: { en: '{max} tokens', zh: '{max} Token' },
  cost: { en: '${max}', zh: '${max}' },
} as const satisfies { readonly [what in Exclude<LimitWhat, 'concurrency'>]: Message }

/** The time over which it counts. */
export const limitPeriods = {
  minute: { en: 'per minute', zh: '每分钟' },
  '5h': { en: 'per 5 hours', zh: '每 5 小时' },
  day: { en: 'per day', zh: '每天' },
  week: { en: 'per week', zh: '每周' },
  month: { en: 'per month', zh: '每月' },
  total: { en: 'in total', zh: '总计' },
} as const satisfies { readonly [per in LimitPer]: Message }

/** What follows when a limit is reached: of one that never counts anew it is said why there is no time to come back at. */
export const limitRests = {
  resets: { en: '', zh: '' },
  never: {
    en: '; it does not reset, so ask an administrator for more',
    zh: '（不会自动重置，请联系管理员提高）',
  },
} as const satisfies { readonly [name: string]: Message }
