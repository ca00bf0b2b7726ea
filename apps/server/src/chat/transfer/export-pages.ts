/** Conversations to be read by people: everything that was said is text there, never markup. */
import type { Message } from '../messages/schema.ts'

/** Pictures, as they are written into the page, by the ids of their files. */
export type Pictures = ReadonlyMap<string, string>

export function markdownPage(title: string, messages: readonly Message[]): string {
  return [`# ${oneLine(title)}\n`, ...messages.map(markdownOf)].join('\n')
}

function markdownOf(message: Message): string {
  const failure = message.error_message === null ? '' : `\n\n> ${oneLine(message.error_message)}`
  const files = message.attachments.map(({ id, name }) => `[${escapeMarkdown(oneLine(name))}](/api/attachments/${id})`)
  const parts = [files.join(' '), message.content].filter((part) => part !== '')
  return `## ${oneLine(nameOf(message))} · ${message.created_at}\n\n${parts.join('\n\n')}${failure}\n`
}

export function htmlPage(title: string, messages: readonly Message[], pictures: Pictures): string {
  const said = messages.map((message) => {
    const failure = message.error_message === null ? '' : `<p><em>${escapeHtml(message.error_message)}</em></p>`
    const head = `${escapeHtml(nameOf(message))} · <time>${message.created_at}</time>`
    const files = message.attachments.map((file) => htmlOfFile(file, pictures)).join('')
    const body = `${files}<div>${escapeHtml(message.content)}</div>${failure}`
    return `<article class="${message.role}"><h2>${head}</h2>${body}</article>`
  })
  return `<!doctype html>
<html lang="und">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${said.join('\n')}
</body>
</html>
`
}

function htmlOfFile({ id, name }: Message['attachments'][number], pictures: Pictures): string {
  const picture = pictures.get(id)
  if (picture === undefined) return `<p class="file">${escapeHtml(name)}</p>`
  return `<figure><img src="${escapeHtml(picture)}" alt="${escapeHtml(name)}"></figure>`
}

const pageStyle =
  'body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif}' +
  'h2{font-size:.9rem;color:#555}article div{white-space:pre-wrap;overflow-wrap:anywhere}' +
  'figure{margin:.5rem 0}img{max-width:100%}.file::before{content:"📎 "}' +
  '.user div{background:#f3f4f6;border-radius:.5rem;padding:.5rem .75rem}'

function nameOf(message: Message): string {
  return message.sender_name ?? (message.role === 'user' ? 'User' : (message.model_id ?? 'Assistant'))
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&')
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
