import { fillMessage, formatMessage, type Language, type Message, type MessageParameters, nouns } from './messages.ts'

interface ErrorDefinition extends Message {
  readonly status: number
  /** The same call may succeed later without being changed. */
  readonly retryable?: true
}

/**
 * Every error there is: its stable code, HTTP status and text in both languages. Texts say what happened and what to do;
 * `{…}` are parameters. 5xx texts say nothing of the inside: the cause is in the log.
 */
export const errorTable = {
  // What the caller sent
  invalid_input: { status: 400, en: '{detail}', zh: '{detail}' },
  invalid_json: {
    status: 400,
    en: 'The request body is not valid JSON: {detail}',
    zh: '请求体不是有效的 JSON：{detail}',
  },
  unsupported_media_type: {
    status: 415,
    en: 'Send the body as application/json.',
    zh: '请以 application/json 格式发送请求体。',
  },
  too_large: {
    status: 413,
    en: 'The request body is larger than the limit of {limit} bytes.',
    zh: '请求体超过上限 {limit} 字节。',
  },
  attachment_type: {
    status: 415,
    en: 'This cannot be attached: only pictures (PNG, JPEG, GIF, WebP), PDF and plain text can.',
    zh: '不支持该文件：仅可添加图片（PNG、JPEG、GIF、WebP）、PDF 和纯文本。',
  },
  attachment_quota: {
    status: 413,
    en: 'Your files would take more than the {limit} that you have. Delete some in the settings, under Data.',
    zh: '文件总大小将超过上限 {limit}，请先在“设置 - 数据”中删除部分文件。',
  },
  not_found: { status: 404, en: '{what} not found.', zh: '未找到{what}。' },
  route_not_found: { status: 404, en: 'There is no {method} {path}.', zh: '接口不存在：{method} {path}' },
  conflict: {
    status: 409,
    en: 'Somebody else has changed this in the meantime. Reload it and make your change again.',
    zh: '内容已被修改，请重新加载后再试。',
  },
  run_active: {
    status: 409,
    en: 'A reply is still being written in this conversation. Stop it or wait for it.',
    zh: '该对话仍有回复正在生成，请先停止或等待完成。',
  },

  // Who is calling
  unauthenticated: { status: 401, en: 'Sign in first.', zh: '请先登录。' },
  invalid_credentials: { status: 401, en: 'Email or password is wrong.', zh: '邮箱或密码错误' },
  wrong_password: { status: 400, en: 'The current password is wrong.', zh: '当前密码错误' },
  token_expired: { status: 401, en: 'The session has expired. Sign in again.', zh: '登录已过期，请重新登录。' },
  token_reused: {
    status: 401,
    en: 'This refresh token was used before, so the session was ended. Sign in again.',
    zh: '该刷新令牌已被使用，会话已终止，请重新登录。',
  },
  oidc_off: {
    status: 404,
    en: 'This server has no other provider to sign in with.',
    zh: '本服务器未配置第三方登录。',
  },
  oidc_failed: {
    status: 502,
    retryable: true,
    en: 'Signing in through the provider failed. Try again, or tell an administrator.',
    zh: '第三方登录失败，请重试或联系管理员。',
  },
  oidc_denied: { status: 403, en: 'The provider did not let you in.', zh: '第三方登录被拒绝。' },
  oidc_expired: {
    status: 401,
    en: 'Signing in took too long, or began in another browser. Try again.',
    zh: '登录已超时，或是在其他浏览器中发起的，请重试。',
  },
  oidc_unknown: {
    status: 403,
    en: 'There is no account for you here. Ask an administrator.',
    zh: '您在此没有账号，请联系管理员。',
  },
  oidc_email_taken: {
    status: 409,
    en: 'There is an account with your email, which is signed in to with a password.',
    zh: '该邮箱已有账号，请使用密码登录。',
  },
  reset_link_invalid: {
    status: 400,
    en: 'This link is no longer valid. Ask for a new one.',
    zh: '该链接已失效，请重新申请。',
  },
  mfa_challenge_expired: {
    status: 401,
    en: 'It took too long. Sign in with your password again.',
    zh: '验证已超时，请重新输入密码登录。',
  },
  mfa_code_wrong: {
    status: 400,
    en: 'This code is wrong, or was used before.',
    zh: '验证码错误或已被使用。',
  },
  mfa_enabled: {
    status: 409,
    en: 'Two-step sign-in is already on. Turn it off first.',
    zh: '两步验证已启用，请先关闭。',
  },
  mfa_not_set_up: {
    status: 409,
    en: 'Begin the set-up of two-step sign-in first.',
    zh: '请先开始设置两步验证。',
  },
  mfa_not_enabled: { status: 409, en: 'Two-step sign-in is off.', zh: '两步验证未启用。' },
  account_disabled: { status: 403, en: 'This user is disabled.', zh: '该用户已被停用。' },
  account_pending: {
    status: 403,
    en: 'An administrator has to let you in first.',
    zh: '账号正在等待管理员批准。',
  },
  forbidden: { status: 403, en: 'You may not do this.', zh: '没有权限执行此操作。' },
  admin_only: { status: 403, en: 'Only an administrator may do this.', zh: '仅管理员可执行此操作。' },
  metrics_forbidden: {
    status: 403,
    en: 'Metrics are for this machine only. Set METRICS_TOKEN and send it as "Authorization: Bearer …" to read them from elsewhere.',
    zh: '指标仅限本机访问。请设置 METRICS_TOKEN，并以 "Authorization: Bearer …" 发送。',
  },
  registration_closed: {
    status: 403,
    en: 'Registration is closed. Ask an administrator.',
    zh: '注册已关闭，请联系管理员。',
  },
  single_user: {
    status: 403,
    en: 'This server is one person’s: there can be no other account.',
    zh: '本服务器为单用户模式，不能再有其他账号。',
  },
  several_users: {
    status: 409,
    en: 'There are several accounts. Delete the others first.',
    zh: '已有多个账号，请先删除其他账号。',
  },
  open_to_administrators: {
    status: 400,
    en: 'Whoever registers would be an administrator. Close registration first, or let new people wait for an administrator.',
    zh: '这样一来，任何自行注册的人都会成为管理员。请先关闭注册，或要求新用户经管理员批准。',
  },
  invitation_invalid: {
    status: 403,
    en: 'This invitation is no longer valid. Ask an administrator for a new one.',
    zh: '该邀请已失效，请联系管理员重新发送。',
  },
  invitation_for_another: {
    status: 403,
    en: 'This invitation is for another email.',
    zh: '该邀请仅限其他邮箱使用。',
  },
  email_domain_forbidden: {
    status: 403,
    en: 'Only addresses of certain domains may register here. Ask an administrator.',
    zh: '仅限指定域名的邮箱注册，请联系管理员。',
  },
  email_taken: { status: 409, en: 'This email is already registered.', zh: '邮箱已存在' },
  username_taken: { status: 409, en: 'This username is taken.', zh: '用户名已存在' },
  weak_password: { status: 400, en: 'password: {detail}', zh: 'password：{detail}' },
  last_admin: {
    status: 409,
    en: 'This is the last active administrator. Make somebody else one first.',
    zh: '这是最后一位可用的管理员，请先指定其他管理员。',
  },
  setup_done: {
    status: 409,
    en: 'Parley is set up already. Sign in as an administrator.',
    zh: '系统已完成初始化，请以管理员登录。',
  },
  setup_token_invalid: {
    status: 403,
    en: 'The set-up link is no longer valid. Restart the server to get a new one.',
    zh: '初始化链接已失效，请重启服务器获取新链接。',
  },

  // API keys
  key_missing: {
    status: 401,
    en: 'Send an API key: "Authorization: Bearer cr_…" or "x-api-key: cr_…".',
    zh: '缺少 API Key，请使用 "Authorization: Bearer cr_…" 或 "x-api-key: cr_…"。',
  },
  key_invalid: { status: 401, en: 'This API key is not valid.', zh: 'API Key 无效。' },
  key_disabled: { status: 401, en: 'This API key is disabled.', zh: 'API Key 已停用。' },
  key_expired: { status: 401, en: 'This API key has expired.', zh: 'API Key 已过期。' },
  key_wire_forbidden: {
    status: 403,
    en: 'This API key may not use the {wire} endpoints.',
    zh: '该 API Key 不允许使用 {wire} 接口。',
  },
  key_managed: {
    status: 403,
    en: 'An administrator manages this API key: you can change its name, tags and notes. Ask them for the rest.',
    zh: '该 API Key 由管理员管理：您只能修改名称、标签和备注，其他修改请联系管理员。',
  },
  key_ip_forbidden: {
    status: 403,
    en: 'This API key may not be used from your address.',
    zh: '该 API Key 不允许从当前 IP 使用。',
  },
  key_client_forbidden: {
    status: 403,
    en: 'This API key is for these clients only: {clients}.',
    zh: '该 API Key 仅限以下客户端使用：{clients}。',
  },
  model_forbidden: { status: 403, en: 'You may not use the model "{model}".', zh: '没有权限使用模型“{model}”。' },

  // Limits
  rate_limited: {
    status: 429,
    retryable: true,
    en: 'Too many requests. Try again later.',
    zh: '请求过于频繁，请稍后再试',
  },
  quota_exhausted: {
    status: 429,
    en: 'The token quota is used up. It does not reset: ask an administrator for more.',
    zh: '配额已用完',
  },
  limit_reached: {
    status: 429,
    retryable: true,
    en: 'The limit of {amount} {period} is reached{rest}.',
    zh: '已达到限额：{period} {amount}{rest}。',
  },
  concurrency_full: {
    status: 429,
    retryable: true,
    en: 'Too many calls at once: {max} are allowed. Wait for one to end.',
    zh: '并发请求过多：最多允许 {max} 个，请等待其他请求完成。',
  },

  // Models and upstreams
  model_not_found: {
    status: 404,
    en: 'No account serves the model "{model}". GET /v1/models lists those that can be used.',
    zh: '没有账号提供模型“{model}”，可通过 GET /v1/models 查看可用模型。',
  },
  accounts_busy: {
    status: 429,
    retryable: true,
    en: 'All accounts that serve "{model}" are busy. Try again shortly.',
    zh: '提供“{model}”的账号都在忙，请稍后再试。',
  },
  model_unavailable: {
    status: 503,
    retryable: true,
    en: 'All accounts that serve "{model}" are out of service now. Try again shortly.',
    zh: '提供“{model}”的账号暂时都不可用，请稍后再试。',
  },
  model_unpriced: {
    status: 403,
    en: 'The price of "{model}" is not known, and this server does not serve models without one.',
    zh: '“{model}”没有已知价格，本服务器不提供无价格的模型。',
  },
  wire_unsupported: {
    status: 400,
    en: '{detail}',
    zh: '{detail}',
  },
  upstream_failed: {
    status: 502,
    retryable: true,
    en: 'AI service is temporarily unavailable.',
    zh: 'AI 服务暂时不可用',
  },
  upstream_timeout: {
    status: 504,
    retryable: true,
    en: 'The AI service did not answer in time.',
    zh: 'AI 服务响应超时，请稍后再试。',
  },
  private_address: {
    status: 400,
    en: '{field}: the address {host} is private. An administrator can allow private addresses.',
    zh: '{field}：{host} 是内网地址，需由管理员允许。',
  },
  client_gone: { status: 499, en: 'The client closed the connection.', zh: '客户端已断开连接。' },

  // The server
  internal: { status: 500, retryable: true, en: 'Internal server error.', zh: '服务器内部错误' },
  backup_running: {
    status: 409,
    en: 'A backup is being made already. Wait for it.',
    zh: '正在创建备份，请等待完成。',
  },
  backup_failed: { status: 500, en: '{detail}', zh: '备份失败：{detail}' },
  limits_unavailable: {
    status: 503,
    retryable: true,
    en: 'Limits cannot be checked at the moment. Try again shortly.',
    zh: '暂时无法核对用量限制，请稍后再试。',
  },
  database_unavailable: {
    status: 503,
    retryable: true,
    en: 'The database cannot be reached at the moment. Try again shortly.',
    zh: '数据库暂时无法访问，请稍后再试。',
  },
  reply_interrupted: {
    status: 503,
    retryable: true,
    en: 'The server stopped before the reply was complete.',
    zh: '服务器在回复完成前停止了。',
  },
  not_ready: {
    status: 503,
    retryable: true,
    en: 'The server is starting or stopping. Try again shortly.',
    zh: '服务器正在启动或停止，请稍后再试。',
  },
} as const satisfies { readonly [code: string]: ErrorDefinition }

export type ErrorCode = keyof typeof errorTable

/** All that these say is their detail. They, and `not_found`, cannot be made without both languages of what they say. */
type CodeWithDetail = 'invalid_input' | 'weak_password' | 'wire_unsupported'
export type PlainErrorCode = Exclude<ErrorCode, CodeWithDetail | 'not_found'>

/** A limit of which nothing is left. */
export interface ReachedLimit {
  /** Of cost US dollars, as decimal text. */
  readonly max: number | string
  /** Milliseconds until it counts anew; undefined: it never does. */
  readonly resetMs: number | undefined
}

export interface ParleyErrorOptions {
  readonly parameters?: MessageParameters
  readonly cause?: unknown
  /** Sent as Retry-After, rounded up to whole seconds. */
  readonly retryAfterMs?: number | undefined
  /** The limit that refused, sent as RateLimit-*. */
  readonly limit?: ReachedLimit | undefined
  /** More for the caller: the fields at fault, the current state of a resource after a conflict. */
  readonly details?: unknown
}

/** The one error class. It is rendered once, at the edge, in the dialect of the door; see `errorTable` for its codes. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError'
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly limit: ReachedLimit | undefined
  readonly details: unknown
  /** What is put into its text, for whoever has to say it again in another language. */
  readonly parameters: MessageParameters

  constructor(code: CodeWithDetail, options: ParleyErrorOptions & { readonly parameters: { readonly detail: Message } })
  constructor(code: 'not_found', options: { readonly parameters: { readonly what: Message } })
  constructor(code: PlainErrorCode, options?: ParleyErrorOptions)
  constructor(code: ErrorCode, options: ParleyErrorOptions = {}) {
    const definition: ErrorDefinition = errorTable[code]
    super(
      formatMessage(definition, 'en', options.parameters),
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.status = definition.status
    this.retryable = definition.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.limit = options.limit
    this.details = options.details
    this.parameters = options.parameters ?? {}
  }

  /** The text for the person who reads it. */
  text(language: Language): string {
    return formatMessage(errorTable[this.code], language, this.parameters)
  }
}

/** What is thrown for a field that is missing or wrong. `field` is its path, `fault` says what it must be: see `fieldFaults`. */
export function invalidField(
  field: string,
  fault: Message,
  parameters: MessageParameters = {},
  cause?: unknown,
): ParleyError {
  const { en, zh } = fillMessage(fault, parameters)
  const detail = { en: `${field}: ${en}`, zh: `${field}：${zh}` }
  return new ParleyError('invalid_input', { parameters: { detail }, details: { field }, cause })
}

/** What is thrown for an id that nothing has. */
export function notFound(what: keyof typeof nouns, parameters: MessageParameters = {}): ParleyError {
  return new ParleyError('not_found', { parameters: { what: fillMessage(nouns[what], parameters) } })
}

/** What was looked for. Throws when there is no such thing. */
export function assertFound<T>(found: T | undefined, what: keyof typeof nouns): T {
  if (found === undefined) throw notFound(what)
  return found
}
