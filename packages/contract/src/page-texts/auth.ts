import type { Message } from '../messages.ts'

/** Signing in, registering, and the first start. */
export const authTexts = {
  forgot: { en: 'Forgot the password?', zh: '忘记密码？' },
  forgotTitle: { en: 'Reset your password', zh: '重置密码' },
  forgotLead: { en: 'Enter the email address of your account.', zh: '请输入您账号的邮箱。' },
  forgotSend: { en: 'Go on', zh: '继续' },
  forgotMailed: {
    en: 'If there is an account with this email, a link is on its way to it. It works once, for {minutes} minutes.',
    zh: '若该邮箱已注册，重置链接已发送，{minutes} 分钟内有效且只能使用一次。',
  },
  forgotTold: {
    en: 'This server does not send mail. An administrator has been notified and can give you a link.',
    zh: '本服务器不发送邮件。已通知管理员，请向其索取重置链接。',
  },
  resetLead: { en: 'This signs you out on every device.', zh: '设置后，您在所有设备上的登录都会失效。' },
  resetDone: { en: 'Your password has been changed. Sign in with the new one.', zh: '密码已更新，请用新密码登录。' },
  resetSave: { en: 'Set the password', zh: '设置密码' },
  resetLinkMissing: {
    en: 'This link is incomplete. Open it again from where it was sent to you.',
    zh: '链接不完整，请从收到的位置重新打开。',
  },
  codeTitle: { en: 'Two-step sign-in', zh: '两步验证' },
  codeLead: {
    en: 'Enter the code that your authenticator shows, or a recovery code.',
    zh: '请输入验证器当前显示的验证码，或一个恢复码。',
  },
  code: { en: 'Code', zh: '验证码' },
  confirm: { en: 'Confirm', zh: '确认' },
  otherAccount: { en: 'Sign in as somebody else', zh: '使用其他账号登录' },
  signInWith: { en: 'Sign in with {name}', zh: '使用 {name} 登录' },
  or: { en: 'or', zh: '或' },
  headline: { en: 'Every model, for the whole team.', zh: '所有模型，全队共用。' },
  lead: {
    en: 'One server for chatting with any model, and for the tools that call them: one engine, one set of limits, one bill.',
    zh: '一台服务器，既能与任意模型对话，也为调用模型的工具服务：同一引擎、同一套限额、同一份账单。',
  },
  signIn: { en: 'Sign in', zh: '登录' },
  register: { en: 'Create account', zh: '注册' },
  toRegister: { en: 'Create an account', zh: '注册新账号' },
  toSignIn: { en: 'I have an account', zh: '已有账号，去登录' },
  nickname: { en: 'Your name', zh: '昵称' },
  optional: { en: 'optional', zh: '选填' },
  passwordHint: {
    en: 'At least {count} characters, and not a common password.',
    zh: '至少 {count} 个字符，不要使用常见密码。',
  },
  showPassword: { en: 'Show password', zh: '显示密码' },
  hidePassword: { en: 'Hide password', zh: '隐藏密码' },
  waitsTitle: { en: 'You are registered', zh: '注册成功' },
  waits: {
    en: 'An administrator has to let you in first. Then sign in with your password.',
    zh: '需要管理员批准后才能登录，届时请使用您的密码登录。',
  },
  invited: { en: 'You are invited: choose how you sign in.', zh: '您已受邀，请设置登录方式。' },
  single: { en: 'This server is one person’s.', zh: '本服务器为单用户模式。' },
  closed: {
    en: 'Registration is closed. Ask an administrator for an account.',
    zh: '注册已关闭，请联系管理员开通账号。',
  },
  demo: {
    en: 'This is a demonstration: sign in as {email} with the password {password}.',
    zh: '演示环境：可用 {email} / {password} 登录。',
  },
  fillDemo: { en: 'Fill in', zh: '填入' },
  setUp: { en: 'Set up Parley', zh: '初始化 Parley' },
  setUpLead: {
    en: 'Create the first administrator. This link works once.',
    zh: '创建第一位管理员。此链接只能使用一次。',
  },
  setUpDone: { en: 'Parley is set up already', zh: 'Parley 已完成初始化' },
  setUpDoneHint: { en: 'Sign in with your account.', zh: '请用您的账号登录。' },
  setUpLinkMissing: { en: 'Open the set-up link', zh: '请打开初始化链接' },
  setUpLinkHint: {
    en: 'There is no administrator yet. The server printed a link when it started: open that one. A new one is printed at each start.',
    zh: '尚无管理员。服务器启动时输出了一个链接，请打开它；每次启动都会输出新的链接。',
  },
  makeAdmin: { en: 'Create administrator', zh: '创建管理员' },
  firstSteps: { en: 'Parley is yours', zh: 'Parley 已就绪' },
  firstStepsLead: { en: 'What would you like to do first?', zh: '您想先做什么？' },
  trySimulator: { en: 'Try it with the simulated model', zh: '用模拟模型试试' },
  trySimulatorHint: {
    en: 'No key needed. Everything works; only the answers are made up.',
    zh: '无需密钥。一切功能可用，只是回答是模拟的。',
  },
  addProvider: { en: 'Add a provider', zh: '添加模型服务' },
  addProviderHint: {
    en: 'Anthropic, OpenAI and compatibles, Azure, Gemini.',
    zh: 'Anthropic、OpenAI 及兼容服务、Azure、Gemini。',
  },
} as const satisfies Record<string, Message>
