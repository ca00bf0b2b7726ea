import type { Message } from '../messages.ts'

/** Files in messages. */
export const fileTexts = {
  tooLarge: { en: 'Larger than {limit}', zh: '超过 {limit}' },
  attach: { en: 'Add files', zh: '添加文件' },
  files: { en: 'Files', zh: '文件' },
  dropHere: { en: 'Drop files here', zh: '将文件拖放到此处' },
  dropHint: { en: 'Pictures, PDF and text, for the next message.', zh: '图片、PDF 或文本，将随下一条消息发送。' },
  remove: { en: 'Remove {name}', zh: '移除 {name}' },
  retry: { en: 'Upload {name} again', zh: '重新上传 {name}' },
  uploading: { en: '{name}: {share} uploaded', zh: '{name}：已上传 {share}' },
  failed: { en: 'Not uploaded', zh: '上传失败' },
  pastedName: { en: 'Pasted text.txt', zh: '粘贴的文本.txt' },
  pasted: {
    en: 'The long text has become a file. Ctrl+Shift+V pastes it as text.',
    zh: '较长的文本已转为文件。按 Ctrl+Shift+V 可粘贴为文字。',
  },
  asText: { en: 'Paste as text', zh: '粘贴为文字' },
  notSeen: {
    en: '{model} does not read pictures: it is told their names only.',
    zh: '{model} 不支持图片，只会得到文件名。',
  },
  notRead: {
    en: '{model} does not read PDF: it is told their names only.',
    zh: '{model} 不支持 PDF，只会得到文件名。',
  },
  download: { en: 'Download {name}', zh: '下载 {name}' },
  gone: { en: 'This file was deleted.', zh: '该文件已删除。' },
  tooMany: { en: 'A message has at most {count} files.', zh: '每条消息最多 {count} 个文件。' },
} as const satisfies Record<string, Message>
