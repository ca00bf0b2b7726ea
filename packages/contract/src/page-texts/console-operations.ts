import type { Message } from '../messages.ts'

/** What operators did: the audit trail. */
export const auditTexts = {
  lead: { en: 'Who changed what, when, and what it was before.', zh: '谁在何时改了什么，改之前是什么。' },
  who: { en: 'Who', zh: '操作者' },
  what: { en: 'What', zh: '操作' },
  subject: { en: 'Target', zh: '对象' },
  nobody: { en: 'The server', zh: '服务器' },
  byCommand: { en: '{name} (command line)', zh: '{name}（命令行）' },
  anybody: { en: 'Everybody', zh: '所有人' },
  anything: { en: 'Everything', zh: '所有操作' },
  from: { en: 'From', zh: '从' },
  to: { en: 'To', zh: '到' },
  entry: { en: 'Entry', zh: '记录' },
  field: { en: 'Field', zh: '字段' },
  before: { en: 'Before', zh: '之前' },
  after: { en: 'After', zh: '之后' },
  requestId: { en: 'Request id', zh: '请求编号' },
  address: { en: 'Address', zh: '来源地址' },
  noDetail: { en: 'No further details.', zh: '没有更多内容。' },
  empty: { en: 'No changes yet', zh: '还没有任何更改' },
  emptyHint: { en: 'What administrators do is recorded here.', zh: '管理员的操作会记录在这里。' },
} as const satisfies Record<string, Message>

/** Kinds of things that are changed, by the server's word for them. */
export const auditKinds: Readonly<Record<string, Message>> = {
  account: { en: 'Account', zh: '上游账号' },
  api_key: { en: 'API key', zh: 'API Key' },
  backup: { en: 'Backup', zh: '备份' },
  group: { en: 'User group', zh: '用户组' },
  invitation: { en: 'Invitation', zh: '邀请' },
  limit: { en: 'Limit', zh: '限额' },
  model: { en: 'Model', zh: '模型' },
  multiplier: { en: 'Charging', zh: '计费倍率' },
  notice: { en: 'Notice', zh: '通知' },
  settings: { en: 'Settings', zh: '系统设置' },
  usage: { en: 'Usage', zh: '用量' },
  user: { en: 'User', zh: '用户' },
}

/** What is done to them. */
export const auditVerbs: Readonly<Record<string, Message>> = {
  create: { en: 'added', zh: '新增' },
  update: { en: 'changed', zh: '修改' },
  delete: { en: 'removed', zh: '删除' },
  restore: { en: 'restored', zh: '恢复' },
  pause: { en: 'paused', zh: '暂停' },
  resume: { en: 'resumed', zh: '继续' },
  reset: { en: 'reset', zh: '重置' },
  test: { en: 'tested', zh: '测试' },
  refresh: { en: 'tokens renewed', zh: '刷新令牌' },
  authorize: { en: 'signed in', zh: '授权登录' },
  price: { en: 'priced', zh: '定价' },
  set: { en: 'set', zh: '设定' },
  reprice: { en: 're-priced', zh: '重新计价' },
  download: { en: 'downloaded', zh: '下载' },
  dismiss: { en: 'dismissed', zh: '忽略' },
  password_link: { en: 'password link made', zh: '生成重置密码链接' },
  sign_out: { en: 'signed out everywhere', zh: '退出全部登录' },
  mfa_reset: { en: 'two-step sign-in reset', zh: '重置两步验证' },
}

/** The live log. */
export const logTexts = {
  lead: {
    en: 'What the server writes, as it writes it. Secrets are never in it.',
    zh: '服务器的实时日志，不含任何密钥。',
  },
  level: { en: 'Level', zh: '级别' },
  andWorse: { en: '{level} and above', zh: '{level}及以上' },
  trace: { en: 'Trace', zh: '跟踪' },
  debug: { en: 'Debug', zh: '调试' },
  info: { en: 'Info', zh: '信息' },
  warn: { en: 'Warnings', zh: '警告' },
  error: { en: 'Errors', zh: '错误' },
  fatal: { en: 'Fatal', zh: '致命' },
  search: { en: 'Only lines with…', zh: '仅显示包含…' },
  pause: { en: 'Pause', zh: '暂停' },
  goOn: { en: 'Go on', zh: '继续' },
  waiting: { en: '{count} new lines', zh: '{count} 条新日志' },
  clear: { en: 'Clear', zh: '清空' },
  lost: { en: '{count} lines could not be shown in time', zh: '此处有 {count} 条日志未能及时显示' },
  quieter: {
    en: 'The server only writes {level} and above (LOG_LEVEL).',
    zh: '服务器只记录{level}及以上（LOG_LEVEL）。',
  },
  live: { en: 'Live', zh: '实时' },
  paused: { en: 'Paused', zh: '已暂停' },
  connecting: { en: 'Connecting…', zh: '正在连接…' },
  empty: { en: 'No lines yet', zh: '暂无日志' },
  lines: { en: 'Log lines', zh: '日志' },
} as const satisfies Record<string, Message>

export const backupTexts = {
  lead: {
    en: 'The whole database at one moment, kept on the server. Take copies elsewhere, too.',
    zh: '整个数据库在某一时刻的快照，保存在服务器上。请另存一份到别处。',
  },
  make: { en: 'Back up now', zh: '立即备份' },
  made: { en: 'The backup is complete', zh: '备份完成' },
  when: { en: 'Made', zh: '时间' },
  size: { en: 'Size', zh: '大小' },
  version: { en: 'Version', zh: '版本' },
  database: { en: 'Database', zh: '数据库' },
  kindMade: { en: 'On request', zh: '手动' },
  kindRestore: { en: 'Before a restore', zh: '恢复之前' },
  kindMigration: { en: 'Before an update', zh: '升级之前' },
  download: { en: 'Download', zh: '下载' },
  restore: { en: 'How to restore', zh: '如何恢复' },
  restoreHint: {
    en: 'Restoring replaces everything, so it is not done from here. Stop the server, then run this on its machine:',
    zh: '恢复会替换全部数据，因此不在此处进行。请停止服务器，然后在其所在机器上执行：',
  },
  restoreFile: {
    en: 'This is a bare SQLite file: stop the server and put it in place of the database.',
    zh: '这是一个 SQLite 文件：停止服务器后用它替换数据库文件即可。',
  },
  secretsHint: {
    en: 'The keys that decrypt credentials (secrets.json) are not in it: keep them apart.',
    zh: '备份不含解密凭据所需的 secrets.json，请另行妥善保存。',
  },
  removeTitle: { en: 'Delete this backup?', zh: '删除该备份？' },
  empty: { en: 'No backup yet', zh: '还没有备份' },
  emptyHint: { en: 'People can keep working while one is made.', zh: '备份期间可以照常使用。' },
} as const satisfies Record<string, Message>

/** The state of the machine. */
export const machineTexts = {
  process: { en: 'Process', zh: '进程' },
  node: { en: 'Node.js', zh: 'Node.js' },
  platform: { en: 'Platform', zh: '平台' },
  pid: { en: 'Process id', zh: '进程号' },
  started: { en: 'Started', zh: '启动时间' },
  memory: { en: 'Memory', zh: '内存' },
  heap: { en: 'Heap', zh: '堆内存' },
  processor: { en: 'Processor time', zh: 'CPU 时间' },
  connections: { en: 'Open connections', zh: '打开的连接' },
  size: { en: 'Size', zh: '大小' },
  shared: { en: 'Shared state', zh: '共享状态' },
  inMemory: { en: 'In memory', zh: '内存' },
  migrations: { en: 'Migrations', zh: '数据库迁移' },
  newest: { en: '{count}, the newest {name}', zh: '{count} 个，最新 {name}' },
  nodes: { en: 'Nodes', zh: '节点' },
  host: { en: 'Host', zh: '主机' },
  seen: { en: 'Last seen', zh: '最近心跳' },
  thisOne: { en: 'this one', zh: '当前' },
} as const satisfies Record<string, Message>
