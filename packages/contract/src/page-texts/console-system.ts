import type { Message } from '../messages.ts'

/** People, settings and the state of the server. */
export const peopleTexts = {
  lead: {
    en: 'Who may use this server, how much, and who runs it.',
    zh: '谁可以使用本服务器、用多少，以及谁来管理。',
  },
  add: { en: 'Add user', zh: '添加用户' },
  addTitle: { en: 'Add a user', zh: '添加用户' },
  editTitle: { en: 'Edit {name}', zh: '编辑 {name}' },
  search: { en: 'Search by name or email', zh: '按姓名或邮箱搜索' },
  person: { en: 'User', zh: '用户' },
  role: { en: 'Role', zh: '角色' },
  plan: { en: 'Plan', zh: '套餐' },
  quota: { en: 'Tokens used', zh: 'Token 用量' },
  quotaField: { en: 'Token quota', zh: 'Token 配额' },
  quotaText: { en: '{used} of {quota}', zh: '{used} / {quota}' },
  lastSignIn: { en: 'Last sign-in', zh: '最近登录' },
  active: { en: 'May sign in', zh: '允许登录' },
  activeHint: { en: 'Switching it off signs the person out everywhere.', zh: '关闭后该用户将在所有设备上退出登录。' },
  blocked: { en: 'Blocked', zh: '已禁用' },
  block: { en: 'Block', zh: '禁用' },
  unblock: { en: 'Unblock', zh: '解除禁用' },
  username: { en: 'User name', zh: '用户名' },
  nickname: { en: 'Nickname', zh: '昵称' },
  newPassword: { en: 'New password', zh: '新密码' },
  newPasswordHint: {
    en: 'For somebody who forgot theirs; signs them out. Empty: it stays.',
    zh: '用于忘记密码的用户，修改后其会话全部失效。留空则不变。',
  },
  twoStep: { en: 'Two steps', zh: '两步验证' },
  resetTwoStep: { en: 'Reset two-step sign-in', zh: '重置两步验证' },
  resetTwoStepHint: {
    en: '{name} signs in with the password alone until they switch it on again. For a telephone that is lost.',
    zh: '{name} 将只需密码即可登录，直到重新开启。用于手机遗失的情况。',
  },
  passwordLink: { en: 'Link to a new password', zh: '重置密码链接' },
  passwordLinkHint: {
    en: 'With it {email} chooses a new password, once. Hand it over yourself: whoever has it can use it.',
    zh: '{email} 可凭此链接设置一次新密码。请亲自转交：持有链接的人都可使用。',
  },
  makeLink: { en: 'Make a link', zh: '生成链接' },
  link: { en: 'Link', zh: '链接' },
  linkUntil: { en: 'Works until {time}.', zh: '有效期至 {time}。' },
  forgotNotice: {
    en: '{email} has forgotten the password and asks for a link ({ago}).',
    zh: '{email} 忘记了密码，请求重置链接（{ago}）。',
  },
  dismiss: { en: 'Dismiss', zh: '忽略' },
  firstPassword: { en: 'First password', zh: '初始密码' },
} as const satisfies Record<string, Message>

export const systemTexts = {
  settingsLead: { en: 'They hold at once, on every node.', zh: '立即在所有节点生效。' },
  registration: { en: 'People may register themselves', zh: '开放注册' },
  registrationHint: {
    en: 'When closed, only an administrator adds users.',
    zh: '关闭后，只能由管理员添加用户。',
  },
  defaultQuota: { en: 'Token quota of new users', zh: '新用户的 Token 配额' },
  defaultQuotaHint: {
    en: 'Those that exist keep theirs; change them under Users.',
    zh: '已有用户不受影响，可在“用户”中调整。',
  },
  retention: { en: 'Keep conversations for so many days', zh: '对话保留天数' },
  retentionHint: {
    en: 'After the last message; pinned ones stay. Empty: they are kept.',
    zh: '自最后一条消息起计算，置顶的不删除。留空则一直保留。',
  },
  elsewhere: { en: 'Set by the environment', zh: '由环境变量设定' },
  elsewhereHint: {
    en: 'Everything else is set where the server is started; parley --help lists it with its defaults.',
    zh: '其余配置在启动服务器时设定，parley --help 列出全部项目与默认值。',
  },
  healthLead: { en: 'Looks again every five seconds.', zh: '每 5 秒检查一次。' },
  healthOk: { en: 'Everything works', zh: '一切正常' },
  healthDegraded: { en: 'It works, but a part has failed', zh: '可以使用，但有部件故障' },
  healthUnavailable: { en: 'The server is not ready', zh: '服务器未就绪' },
  healthUnreachable: { en: 'The server does not answer', zh: '服务器没有响应' },
  version: { en: 'Version', zh: '版本' },
  uptime: { en: 'Up for', zh: '已运行' },
  parts: { en: 'Parts', zh: '部件' },
  partDatabase: { en: 'Database', zh: '数据库' },
  partState: { en: 'Shared state', zh: '共享状态' },
  partOk: { en: 'Works', zh: '正常' },
  partFailed: { en: 'Failed', zh: '故障' },
} as const satisfies Record<string, Message>
