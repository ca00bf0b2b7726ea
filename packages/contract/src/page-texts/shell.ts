import type { Message } from '../messages.ts'

/** The frame around the pages: sidebar, palette, connection. */
export const shellTexts = {
  showSidebar: { en: 'Show sidebar', zh: '显示侧边栏' },
  hideSidebar: { en: 'Hide sidebar', zh: '隐藏侧边栏' },
  accountMenu: { en: 'Account:', zh: '账号：' },
  apiDocs: { en: 'API reference', zh: '接口文档' },
  otherLanguage: { en: '中文', zh: 'English' },
  palette: { en: 'Command palette', zh: '命令面板' },
  paletteHint: { en: 'Search conversations or type a command…', zh: '搜索对话或输入命令…' },
  paletteEmpty: { en: 'Nothing found', zh: '没有匹配项' },
  commands: { en: 'Commands', zh: '命令' },
  conversations: { en: 'Conversations', zh: '对话' },
  messages: { en: 'Messages', zh: '消息' },
  putBannerAway: { en: 'Dismiss this notice', zh: '关闭公告' },
  offlineNow: {
    en: 'No connection to the server. What you send is kept and goes out when it is back.',
    zh: '与服务器的连接已断开。您发送的内容会保留，恢复后自动发出。',
  },
} as const satisfies Record<string, Message>
