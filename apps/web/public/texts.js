/** The texts of these pages. The reader's choice wins over the browser's language. */

const texts = {
  en: {
    docs: 'API',
    headline: 'Every model, for the whole team.',
    lead: 'One server for chatting with any model, and for the tools that call them: one engine, one set of limits, one bill.',
    chat: 'Chat',
    signIn: 'Sign in',
    register: 'Create account',
    toRegister: 'Create an account',
    toSignIn: 'I have an account',
    email: 'Email',
    password: 'Password',
    passwordHint: 'At least 8 characters, and not one that everybody tries.',
    role: 'Role',
    admin: 'Administrator',
    user: 'User',
    used: 'Tokens used',
    signOut: 'Sign out',
    setUp: 'Set up Parley',
    setUpLead: 'Make the first administrator. This link works once.',
    setUpDone: 'Parley is set up. Sign in on the start page.',
    setUpLinkMissing: 'Open the link that the server printed when it started.',
    makeAdmin: 'Make the administrator',
    needsSetUp: 'There is no administrator yet. Open the link that the server printed when it started.',
    offline: 'The server does not answer. Try again in a moment.',
    otherLanguage: '中文',
  },
  zh: {
    docs: '接口文档',
    headline: '所有模型，整个团队。',
    lead: '一台服务器，既能与任意模型对话，也为调用模型的工具服务：同一引擎、同一套限额、同一份账单。',
    chat: '对话',
    signIn: '登录',
    register: '注册',
    toRegister: '注册新账号',
    toSignIn: '已有账号，去登录',
    email: '邮箱',
    password: '密码',
    passwordHint: '至少 8 个字符，不要使用常见密码。',
    role: '角色',
    admin: '管理员',
    user: '用户',
    used: '已用 Token',
    signOut: '退出登录',
    setUp: '初始化 Parley',
    setUpLead: '创建第一位管理员。此链接只能使用一次。',
    setUpDone: 'Parley 已完成初始化，请到首页登录。',
    setUpLinkMissing: '请打开服务器启动时输出的链接。',
    makeAdmin: '创建管理员',
    needsSetUp: '尚无管理员，请打开服务器启动时输出的链接。',
    offline: '服务器没有响应，请稍后再试。',
    otherLanguage: 'English',
  },
}

const storageKey = 'parley.language'
let language = localStorage.getItem(storageKey) ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')

export function currentLanguage() {
  return language
}

export function textOf(name) {
  return texts[language][name]
}

/** Puts the texts into every element that names one, and keeps them current. `onChange` is for what the page made itself. */
export function showTexts(onChange = () => {}) {
  const show = () => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    for (const element of document.querySelectorAll('[data-text]')) element.textContent = textOf(element.dataset.text)
    document.querySelector('#language').textContent = textOf('otherLanguage')
    onChange()
  }
  document.querySelector('#language').addEventListener('click', () => {
    language = language === 'zh' ? 'en' : 'zh'
    localStorage.setItem(storageKey, language)
    show()
  })
  show()
}
