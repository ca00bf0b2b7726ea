import type { Message } from './messages.ts'

/** What is wrong with a field, said after its name: what it must be, where that can be said. For `invalidField` and for schemas. */
export const fieldFaults = {
  // Any field
  empty: { en: 'must not be empty', zh: '不能为空' },
  notNumber: { en: 'must be a number', zh: '必须是数字' },
  notWhole: { en: 'must be a whole number', zh: '必须是整数' },
  notWithin: { en: 'must be a number from {min} to {max}', zh: '必须是 {min} 到 {max} 之间的数字' },
  tooSmall: { en: 'must be at least {min}', zh: '不能小于 {min}' },
  tooBig: { en: 'must be at most {max}', zh: '不能大于 {max}' },
  notBoolean: { en: 'must be true or false', zh: '必须是 true 或 false' },
  notDollars: { en: 'must be US dollars, to at most nine decimals', zh: '必须是美元金额，最多九位小数' },
  notDecimal: { en: 'must be a decimal number', zh: '必须是十进制数字' },
  notUrl: { en: 'must be a URL that begins with http:// or https://', zh: '必须是以 http:// 或 https:// 开头的网址' },
  notBefore: { en: 'must be before {other}', zh: '必须早于 {other}' },
  notOneOf: { en: 'must be one of {values}', zh: '必须是以下之一：{values}' },
  notSomeOf: { en: 'must be one or more of {values}', zh: '必须是以下一项或多项：{values}' },
  oneIsNeeded: { en: 'must have {one} or {other}', zh: '必须包含 {one} 或 {other}' },
  notPlainAscii: { en: 'must be printable ASCII characters', zh: '只能包含可打印的 ASCII 字符' },
  holdsSpaces: { en: 'must not contain spaces', zh: '不能包含空格' },
  holdsNul: { en: 'must not contain %00', zh: '不能包含 %00' },
  notCursor: { en: 'must be the next_cursor of a response', zh: '必须是响应中的 next_cursor' },
  tooManyBytes: { en: 'must be at most {limit}', zh: '不能超过 {limit}' },
  formUnreadable: { en: 'cannot be read: {reason}', zh: '无法读取：{reason}' },
  noFile: { en: 'must contain a file', zh: '必须包含文件' },
  notFile: { en: 'must be the file', zh: '必须是文件内容' },

  // People, groups and keys
  notUsername: { en: 'must be letters, digits, "_", "." or "-"', zh: '只能包含文字、数字、“_”、“.”或“-”' },
  notDomain: { en: 'must be a domain like example.com', zh: '必须是域名，例如 example.com' },
  unknownUser: { en: 'there is no such user', zh: '该用户不存在' },
  userGroupTaken: { en: 'there is already a group with this name', zh: '已有同名的用户组' },
  notSomebodyElse: { en: 'must be somebody else', zh: '必须是其他用户' },
  heirMissing: { en: 'must say who gets them', zh: '必须指明由谁接收' },
  tooManyKeys: { en: 'you can have at most {most} keys; remove one first', zh: '最多 {most} 个 Key，请先删除一个' },
  notAddressRange: {
    en: 'must be an address or a CIDR range, such as 10.0.0.0/8',
    zh: '必须是 IP 地址或 CIDR 网段，例如 10.0.0.0/8',
  },
  notClient: {
    en: 'must be the name of a client, such as claude-code',
    zh: '必须是客户端名称，例如 claude-code',
  },

  // Models
  modelTaken: { en: 'there is already a model with this id', zh: '已有相同 ID 的模型' },
  tooManyModels: {
    en: 'you can have at most {most} models of your own; remove one first',
    zh: '最多 {most} 个自有模型，请先移除一个',
  },
  servedByAccounts: {
    en: 'this model is served by the accounts that the administrator has set up',
    zh: '该模型由管理员配置的账号提供',
  },
  noOwnAddress: { en: 'this model has no address of its own to test', zh: '该模型没有自己的接口地址，无法测试' },
  notModel: { en: 'must be the id of a model', zh: '必须是模型 ID' },
  notModelOf: {
    en: 'must be the id of a model, of at most {max} characters',
    zh: '必须是模型 ID，不超过 {max} 个字符',
  },
  unknownModel: {
    en: 'there is no model "{model}" that can be used; GET /api/models lists them',
    zh: '没有可用的模型“{model}”，可通过 GET /api/models 查看',
  },

  // Upstream accounts
  accountKeySpaced: {
    en: 'must be printable ASCII characters without spaces',
    zh: '只能包含可打印的 ASCII 字符，不能有空格',
  },
  accountKeyMissing: { en: 'is needed for the provider’s own address', zh: '使用服务商默认地址时必须填写' },
  accountModelsEmpty: {
    en: 'must name at least one model, or be null for all models of the kind',
    zh: '至少填写一个模型，或设为 null 表示该类型的全部模型',
  },
  notHeaderName: { en: 'is not a valid header name', zh: '不是有效的请求头名称' },
  reservedHeader: { en: 'is set by the connection itself', zh: '由连接自动设置，不能指定' },
  notProxy: {
    en: 'must be a URL that begins with http://, https:// or socks5:// and has no path; a % in its password is written %25',
    zh: '必须是以 http://、https:// 或 socks5:// 开头且不带路径的网址；密码中的 % 须写作 %25',
  },
  wiresFixed: { en: 'cannot be chosen for an account of kind {kind}', zh: '{kind} 类型的账号不能选择' },
  baseUrlMissing: { en: 'is required for an account of kind {kind}', zh: '{kind} 类型的账号必须填写' },
  baseUrlCredential: {
    en: 'must not contain a user name or password: use api_key or headers',
    zh: '不能包含用户名或密码，请使用 api_key 或 headers',
  },
  apiUrlCredential: {
    en: 'must not contain a user name or password: use apiKey',
    zh: '不能包含用户名或密码，请使用 apiKey',
  },
  otherKind: { en: 'is for an account of kind {kind}', zh: '属于 {kind} 类型的账号' },
  noOAuth: { en: 'is not an account that is signed in with OAuth', zh: '不是通过 OAuth 登录的账号' },

  // Signing in at an upstream
  oauthNotSetUp: {
    en: 'OAuth is not set up for {kind}: set UPSTREAM_OAUTH_… for it',
    zh: '{kind} 未配置 OAuth：请设置对应的 UPSTREAM_OAUTH_…',
  },
  otherSignIn: { en: 'belongs to another sign-in: start again', zh: '属于另一次登录，请重新开始' },
  signInExpired: { en: 'is not known or has expired: start again', zh: '不存在或已过期，请重新开始' },
  noTokensYet: { en: 'has no tokens yet: exchange the code first', zh: '尚未获得令牌，请先用授权码换取' },
  codeMissing: { en: 'the address contains no code', zh: '该地址中没有授权码' },
  codeRefused: { en: 'was refused: {reason}', zh: '被拒绝：{reason}' },
  codeNotExchanged: { en: 'could not be exchanged: {reason}', zh: '无法换取令牌：{reason}' },

  // What the relay's doors take
  tooManyUrls: { en: 'more than {most} URLs would have to be fetched', zh: '需要下载的网址超过 {most} 个' },
  notOfType: { en: '{url} is not of the type {type}', zh: '{url} 的类型不是 {type}' },
  notFetched: { en: '{url} could not be fetched: {reason}', zh: '无法下载 {url}：{reason}' },
  background: { en: 'is not served here: stream the reply', zh: '不支持该参数，请使用流式回复' },
  conversationElsewhere: {
    en: 'is not served here: go on with previous_response_id',
    zh: '不支持该参数，请使用 previous_response_id 续接',
  },
  storedStream: { en: 'a stored response cannot be streamed again', zh: '已保存的响应不能再次以流式返回' },
  keepsNoResponses: { en: 'this server keeps no responses', zh: '本服务器不保存响应' },

  // The chat
  notReply: { en: 'must be a reply', zh: '必须是回复' },
  filesOfReply: { en: 'cannot be added to a reply', zh: '不能添加到回复' },
  notVersion: { en: 'must be the version of a conversation, as in "7"', zh: '必须是对话的版本号，例如 "7"' },
  botsAnswer: { en: 'cannot be used in a group, where the bots answer', zh: '群聊由机器人回复，不能使用该字段' },
  notEvent: { en: 'must be the number of an event', zh: '必须是事件编号' },
  unknownBot: { en: 'there is no bot "{bot}"', zh: '没有机器人“{bot}”' },
  notBotOfGroup: { en: 'must be one of the bots of the group', zh: '必须是群聊中的机器人' },
  botsMissing: { en: 'must have 1 to {most} bots', zh: '必须有 1 到 {most} 个机器人' },
  notColour: { en: 'must be a colour like #2563eb', zh: '必须是颜色值，例如 #2563eb' },
} as const satisfies { readonly [name: string]: Message }

/** Why a picture or document at a URL was not fetched. */
export const fetchFaults = {
  notUrl: { en: 'it is not an http:// or https:// URL', zh: '不是 http:// 或 https:// 网址' },
  status: { en: 'it answered with {status}', zh: '返回状态码 {status}' },
  redirects: { en: 'it redirects more than {most} times', zh: '重定向超过 {most} 次' },
  tooLarge: { en: 'it is larger than {megabytes} MB', zh: '大于 {megabytes} MB' },
  type: { en: 'it is neither a picture nor a PDF nor text ({type})', zh: '不是图片、PDF 或文本（{type}）' },
  private: { en: 'its address is private', zh: '是内网地址' },
  slow: { en: 'it took too long', zh: '超时' },
  connection: { en: 'the connection failed', zh: '连接失败' },
} as const satisfies { readonly [name: string]: Message }
