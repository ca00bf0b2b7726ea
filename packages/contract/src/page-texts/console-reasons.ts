import type { Message } from '../messages.ts'

export interface ReasonText {
  /** Of the server's own words; `rest` is what follows them, `value` stands in the text. */
  readonly pattern: RegExp
  readonly text: Message
}

function beginsWith(words: string, zh: string): ReasonText {
  return { pattern: new RegExp(`^${words}(?:: (?<rest>[^]*))?$`), text: { en: words, zh } }
}

/** What the server notes about accounts and attempts. */
export const reasonTexts: readonly ReasonText[] = [
  beginsWith('paused', '已暂停'),
  beginsWith('out', '暂不可用'),
  beginsWith('credential refused', '凭据被拒绝'),
  beginsWith('not permitted', '没有权限'),
  beginsWith('no credit', '额度不足'),
  beginsWith('rate limited', '上游限流'),
  beginsWith('overloaded', '上游过载'),
  beginsWith('failing', '连续失败'),
  beginsWith('sign in again', '需要重新登录'),
  beginsWith('token not refreshed', '令牌刷新失败'),
  beginsWith('cannot be used', '无法使用'),
  beginsWith('no answer', '没有响应'),
  beginsWith('the caller may not use it', '调用者无权使用'),
  beginsWith('no slot is free', '没有空闲并发'),
  beginsWith('a limit of the account is reached', '已达到账号限额'),
  { pattern: /^status (?<value>\d+)$/, text: { en: 'status {value}', zh: '状态码 {value}' } },
  {
    pattern: /^no answer within (?<value>\d+) seconds$/,
    text: { en: 'no answer within {value} seconds', zh: '{value} 秒内没有响应' },
  },
  {
    pattern: /^the token endpoint failed: (?<rest>[^]*)$/,
    text: { en: 'the token endpoint failed', zh: '令牌接口出错' },
  },
  {
    pattern: /^The AI service could not be reached in time\.$/,
    text: { en: 'The AI service could not be reached in time.', zh: '连接 AI 服务超时。' },
  },
  {
    pattern: /^The AI service could not be reached \((?<value>[^)]*)\)\.$/,
    text: { en: 'The AI service could not be reached ({value}).', zh: '无法连接 AI 服务（{value}）。' },
  },
  {
    pattern: /^The AI service broke off before the reply was complete\.$/,
    text: { en: 'The AI service broke off before the reply was complete.', zh: 'AI 服务在回复完成前中断。' },
  },
  {
    pattern: /^The AI service fell silent in the middle of the reply\.$/,
    text: { en: 'The AI service fell silent in the middle of the reply.', zh: 'AI 服务在回复途中停止输出。' },
  },
  {
    pattern: /^The AI service did not answer in time\.$/,
    text: { en: 'The AI service did not answer in time.', zh: 'AI 服务响应超时。' },
  },
  {
    pattern: /^The upstream account was refused \((?<value>\d+)\)\..*$/,
    text: { en: 'The upstream account was refused ({value}).', zh: '上游账号被拒绝（{value}），需由管理员处理。' },
  },
]
