import type { Message } from '../messages.ts'

/** Signing in, registering, and the first start. */
export const authTexts = {
  headline: { en: 'Every model, for the whole team.', zh: '所有模型，整个团队。' },
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
    en: 'At least {count} characters, and not one that everybody tries.',
    zh: '至少 {count} 个字符，不要使用常见密码。',
  },
  showPassword: { en: 'Show password', zh: '显示密码' },
  hidePassword: { en: 'Hide password', zh: '隐藏密码' },
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
    en: 'Make the first administrator. This link works once.',
    zh: '创建第一位管理员。此链接只能使用一次。',
  },
  setUpDone: { en: 'Parley is set up already', zh: 'Parley 已完成初始化' },
  setUpDoneHint: { en: 'Sign in with your account.', zh: '请用您的账号登录。' },
  setUpLinkMissing: { en: 'Open the set-up link', zh: '请打开初始化链接' },
  setUpLinkHint: {
    en: 'There is no administrator yet. The server printed a link when it started: open that one. A new one is printed at each start.',
    zh: '尚无管理员。服务器启动时输出了一个链接，请打开它；每次启动都会输出新的链接。',
  },
  makeAdmin: { en: 'Make the administrator', zh: '创建管理员' },
  firstSteps: { en: 'Parley is yours', zh: 'Parley 已就绪' },
  firstStepsLead: { en: 'What would you like to do first?', zh: '先做什么？' },
  trySimulator: { en: 'Try it with the simulated model', zh: '用模拟模型试试' },
  trySimulatorHint: {
    en: 'No key is needed. Everything works, only the answers are made up.',
    zh: '无需密钥。一切功能可用，只是回答是模拟的。',
  },
  addProvider: { en: 'Add a provider', zh: '添加模型服务' },
  addProviderHint: {
    en: 'Anthropic, OpenAI and compatibles, Azure, Gemini.',
    zh: 'Anthropic、OpenAI 及兼容服务、Azure、Gemini。',
  },
} as const satisfies Record<string, Message>
