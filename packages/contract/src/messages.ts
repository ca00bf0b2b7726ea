/**
 * Every text that a person sees, in both languages: one catalogue for server and page.
 * `{name}` is replaced by the parameter of that name. Chinese texts quoted from the requirement documents stand word for word.
 */

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

export interface Message {
  readonly en: string
  readonly zh: string
}

/** A parameter that is itself a text has it in both languages. */
export type MessageParameters = { readonly [name: string]: string | number | Message }

export function formatMessage(message: Message, language: Language, parameters: MessageParameters = {}): string {
  const pieces = message[language].split(/\{(\w+)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece
    const value = Object.hasOwn(parameters, piece) ? parameters[piece] : undefined
    return typeof value === 'object' ? value[language] : String(value ?? `{${piece}}`)
  })
  return language === 'zh' ? pieces.reduce(joinChinese) : pieces.join('')
}

/** Chinese, and words or figures beside it, with the space between them that the catalogue writes. The parts stay as they are. */
export function joinChinese(before: string, after: string): string {
  const isSeam = /\p{Script=Han}$/u.test(before) ? /^[A-Za-z0-9]/.test(after) : endsInWord(before, after)
  return isSeam ? `${before} ${after}` : before + after
}

function endsInWord(before: string, after: string): boolean {
  return /[A-Za-z0-9%]$/.test(before) && /^\p{Script=Han}/u.test(after)
}

/** The first language of an `Accept-Language` header that there are texts in; English when there is none. */
export function languageOf(acceptLanguage: string | undefined): Language {
  for (const range of (acceptLanguage ?? '').toLowerCase().split(',')) {
    const tag = range.trim().split(';')[0] ?? ''
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh'
    if (tag === 'en' || tag.startsWith('en-')) return 'en'
  }
  return 'en'
}

/** What may be missing: the subject of `not_found`. */
export const nouns = {
  account: { en: 'Account', zh: '账号' },
  apiKey: { en: 'API key', zh: 'API Key' },
  attachment: { en: 'File', zh: '文件' },
  backup: { en: 'Backup', zh: '备份' },
  bot: { en: 'Bot', zh: '机器人' },
  conversation: { en: 'Conversation', zh: '对话' },
  group: { en: 'Group', zh: '群聊' },
  invitation: { en: 'Invitation', zh: '邀请' },
  limit: { en: 'Limit', zh: '限额' },
  message: { en: 'Message', zh: '消息' },
  messageToAnswer: { en: 'A message to answer', zh: '可回复的消息' },
  model: { en: 'Model', zh: '模型' },
  notice: { en: 'Notice', zh: '通知' },
  run: { en: 'Run', zh: '生成任务' },
  runLog: {
    en: 'The log of this run (kept for {days} days; its messages are in the conversation)',
    zh: '该生成任务的日志（保留 {days} 天，消息仍在对话中）',
  },
  session: { en: 'Session', zh: '登录会话' },
  setting: { en: 'Setting', zh: '设置项' },
  share: { en: 'Shared conversation', zh: '分享的对话' },
  storedResponse: { en: 'Response', zh: '响应' },
  template: { en: 'Template', zh: '模板' },
  trace: { en: 'Trace of this call', zh: '该调用的决策记录' },
  unfinishedReply: { en: 'An unfinished reply', zh: '未完成的回复' },
  user: { en: 'User', zh: '用户' },
  userGroup: { en: 'User group', zh: '用户组' },
} as const satisfies { readonly [name: string]: Message }

/** Why a password is refused. */
export const passwordFaults = {
  tooShort: { en: 'must have at least {minimum} characters', zh: '长度不能少于 {minimum} 个字符' },
  tooLong: { en: 'must have at most {maximum} characters', zh: '长度不能超过 {maximum} 个字符' },
  common: { en: 'is one of those that are guessed first', zh: '过于常见，容易被猜中' },
} as const satisfies { readonly [name: string]: Message }

/** How long a link to a new password works that was mailed. */
export const passwordLinkMinutes = 30

/** To somebody who forgot their password. No word of it is a stranger's: anybody can register with anybody's address. */
export const passwordMail = {
  subject: { en: 'Your new password for Parley', zh: '重置您的 Parley 密码' },
  text: {
    en: `Hello,

somebody, probably you, asked for a new password for Parley. Choose it here:

{url}

The link works once and for {minutes} minutes. If it was not you, do nothing: your password stays as it is.
`,
    zh: `您好：

有人（可能是您本人）请求重置 Parley 的密码。请通过以下链接设置新密码：

{url}

链接仅可使用一次，{minutes} 分钟内有效。如非本人操作，请忽略本邮件，您的密码不会改变。
`,
  },
} as const satisfies { readonly [part: string]: Message }

/** The text with its parameters put in, in both languages, to be a parameter of another. */
export function fillMessage(message: Message, parameters: MessageParameters): Message {
  return { en: formatMessage(message, 'en', parameters), zh: formatMessage(message, 'zh', parameters) }
}

/** One of these words, in both languages. */
export function eitherOf(words: readonly string[]): Message {
  const [last = '', ...others] = words.toReversed()
  if (others.length === 0) return { en: last, zh: last }
  const first = others.toReversed()
  return { en: `${first.join(', ')} or ${last}`, zh: `${first.join('、')} 或 ${last}` }
}
