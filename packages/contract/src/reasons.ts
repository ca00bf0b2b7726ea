import { formatMessage, type Language, type Message, type MessageParameters } from './messages.ts'

/**
 * Why an account is out or an attempt failed. The server writes reasons down in English, as they are kept and sent on, and the
 * console says them again in its reader's language: both from this table, so that none is left out.
 */
export const reasons = {
  // Why an account is not asked
  paused: { en: 'paused', zh: '已暂停' },
  switchedOff: { en: 'switched off', zh: '已停用' },
  out: { en: 'out', zh: '暂不可用' },
  broken: { en: 'broken', zh: '无法使用' },
  cannotBeUsed: { en: 'cannot be used', zh: '无法使用' },
  unknownKind: { en: 'its kind "{kind}" is not known', zh: '未知的类型“{kind}”' },
  notForCaller: { en: 'the caller may not use it', zh: '调用者无权使用' },
  unpriced: { en: 'its price for the model is not known', zh: '该模型在此账号上没有已知价格' },
  noSlot: { en: 'no slot is free', zh: '没有空闲并发' },
  accountLimit: { en: 'a limit of the account is reached', zh: '已达到账号限额' },
  standsIn: {
    en: 'stands in only where no real account serves an active model',
    zh: '仅在没有真实账号提供已启用的模型时代为应答',
  },
  doesNotServe: { en: 'does not serve the model', zh: '不提供该模型' },

  // What an account did before it went out
  credential: { en: 'credential refused', zh: '凭据被拒绝' },
  permission: { en: 'not permitted', zh: '没有权限' },
  payment: { en: 'no credit', zh: '额度不足' },
  rateLimit: { en: 'rate limited', zh: '上游限流' },
  overloaded: { en: 'overloaded', zh: '上游过载' },
  failing: { en: 'failing', zh: '连续失败' },
  noAnswer: { en: 'no answer', zh: '没有响应' },
  status: { en: 'status {status}', zh: '状态码 {status}' },
  noAnswerWithin: { en: 'no answer within {seconds} seconds', zh: '{seconds} 秒内没有响应' },
  noTestModel: { en: 'say which model to test with: {"model": "…"}', zh: '请指定用于测试的模型：{"model": "…"}' },

  // Signing in at an upstream
  signInAgain: { en: 'sign in again', zh: '需要重新登录' },
  notRefreshed: { en: 'token not refreshed', zh: '令牌刷新失败' },
  noRefreshToken: { en: 'there is no refresh token', zh: '没有刷新令牌' },
  otherNodeRefreshing: {
    en: 'another node did not finish refreshing the token',
    zh: '其他节点未能完成令牌刷新',
  },
  tokenEndpointFailed: { en: 'the token endpoint failed', zh: '令牌接口出错' },
  noAccessToken: { en: 'the token endpoint gave no access_token', zh: '令牌接口未返回 access_token' },

  // How an attempt failed
  unreachableInTime: { en: 'The AI service could not be reached in time.', zh: '连接 AI 服务超时。' },
  unreachable: { en: 'The AI service could not be reached ({code}).', zh: '无法连接 AI 服务（{code}）。' },
  cut: { en: 'The AI service broke off before the reply was complete.', zh: 'AI 服务在回复完成前中断。' },
  silent: { en: 'The AI service fell silent in the middle of the reply.', zh: 'AI 服务在回复途中停止输出。' },
  tooLate: { en: 'The AI service did not answer in time.', zh: 'AI 服务响应超时。' },
  unreadable: { en: 'The upstream sent what cannot be read', zh: '上游返回的内容无法解析' },
  accountRefused: {
    en: 'The upstream account was refused ({status}). The operator of this server must look at it.',
    zh: '上游账号被拒绝（{status}），需由管理员处理。',
  },
} as const satisfies { readonly [name: string]: Message }

export type Reason = keyof typeof reasons

/** As it is written down. `rest` is what follows it: another reason, or somebody else's words. */
export function reasonText(reason: Reason, parameters: MessageParameters = {}, rest?: string): string {
  const words = formatMessage(reasons[reason], 'en', parameters)
  return rest === undefined ? words : `${words}: ${rest}`
}

/** What `reasonText` wrote, in the reader's language. What an upstream said itself stays in its own words. */
export function sayReason(written: string, language: Language): string {
  if (language === 'en') return written
  for (const [message, pattern] of patterns) {
    const match = pattern.exec(written)
    if (match === null) continue
    const { rest, ...parameters } = match.groups ?? {}
    const words = formatMessage(message, language, parameters)
    return rest === undefined ? words : `${words}：${sayReason(rest, language)}`
  }
  return written
}

const patterns = Object.values(reasons).map((message) => [message, patternOf(message)] as const)

function patternOf({ en }: Message): RegExp {
  const pieces = en.split(/\{(\w+)\}/).map((piece, index) => {
    return index % 2 === 0 ? piece.replaceAll(/[^\w\s]/g, '\\$&') : `(?<${piece}>.+?)`
  })
  return new RegExp(`^${pieces.join('')}(?:: (?<rest>[^]*))?$`)
}
