import { ParleyError } from '@parley/contract'
import type { Store } from '../../store/store.ts'
import { ownConversation } from '../access.ts'
import { presentConversation } from '../conversations/present.ts'
import { conversationIdsAfter, tagsOf } from '../conversations/repository.ts'
import type { Conversation } from '../conversations/schema.ts'
import { presentMessage } from '../messages/present.ts'
import { loadTree, messagesInOrder } from '../messages/repository.ts'
import type { Message } from '../messages/schema.ts'

/** A conversation as it leaves the house. */
export interface ExportedConversation {
  readonly format: 'parley-conversation'
  readonly format_version: 1
  readonly exported_at: string
  readonly conversation: Conversation
  /** Every branch; each message before what follows it. */
  readonly messages: readonly Message[]
}

export interface Exports {
  /** All of it. */
  whole(userId: string, conversationId: string): Promise<ExportedConversation>
  /** All that a person has, temporary conversations too, as the text of a JSON array, piece by piece. */
  everything(userId: string): AsyncGenerator<string, void, void>
  /** The branch that is shown, to be read by people. */
  markdown(userId: string, conversationId: string): Promise<{ title: string; text: string }>
  /** The same as a page that needs nothing else. */
  html(userId: string, conversationId: string): Promise<{ title: string; text: string }>
}

export function createExports({ store: { reports }, clock }: { store: Store; clock: () => number }): Exports {
  async function load(userId: string, conversationId: string) {
    const row = await ownConversation(conversationId, userId, reports)
    const tree = await loadTree(row.id, reports)
    return { row, tree }
  }

  async function shown(userId: string, conversationId: string): Promise<{ title: string; messages: Message[] }> {
    const { row, tree } = await load(userId, conversationId)
    const rows = await messagesInOrder(tree.pathTo(row.active_leaf_id), reports)
    return { title: row.title, messages: rows.map((message) => presentMessage(message)) }
  }

  async function whole(userId: string, conversationId: string): Promise<ExportedConversation> {
    const { row, tree } = await load(userId, conversationId)
    const ids = tree.childrenOf(null).flatMap((root) => tree.branchAt(root))
    const rows = await messagesInOrder(ids, reports)
    const tags = await tagsOf([row.id], reports)
    return {
      format: 'parley-conversation',
      format_version: 1,
      exported_at: new Date(clock()).toISOString(),
      conversation: presentConversation(row, tags.get(row.id) ?? []),
      messages: rows.map((message) => presentMessage(message, tree.siblingsOf(message.id))),
    }
  }

  return {
    whole,
    async *everything(userId) {
      let after = ''
      let separator = '['
      for (;;) {
        const ids = await conversationIdsAfter({ userId, after, limit: stepSize }, reports)
        for (const id of ids) {
          const exported = await tryWhole(userId, id)
          if (exported === undefined) continue
          yield `${separator}\n${JSON.stringify(exported)}`
          separator = ','
        }
        after = ids.at(-1) ?? after
        if (ids.length < stepSize) break
      }
      yield separator === '[' ? '[]\n' : '\n]\n'
    },
    async markdown(userId, conversationId) {
      const { title, messages } = await shown(userId, conversationId)
      return { title, text: [`# ${oneLine(title)}\n`, ...messages.map(markdownOf)].join('\n') }
    },
    async html(userId, conversationId) {
      const { title, messages } = await shown(userId, conversationId)
      return { title, text: htmlPage(title, messages) }
    },
  }

  /** Undefined for one that was deleted meanwhile. */
  async function tryWhole(userId: string, conversationId: string): Promise<ExportedConversation | undefined> {
    try {
      return await whole(userId, conversationId)
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'not_found') return undefined
      throw error
    }
  }
}

const stepSize = 100

function nameOf(message: Message): string {
  return message.sender_name ?? (message.role === 'user' ? 'User' : (message.model_id ?? 'Assistant'))
}

/** Everything that was said is text here, never markup. */
function htmlPage(title: string, messages: readonly Message[]): string {
  const said = messages.map((message) => {
    const failure = message.error_message === null ? '' : `<p><em>${escapeHtml(message.error_message)}</em></p>`
    const head = `${escapeHtml(nameOf(message))} · <time>${message.created_at}</time>`
    return `<article class="${message.role}"><h2>${head}</h2><div>${escapeHtml(message.content)}</div>${failure}</article>`
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

const pageStyle =
  'body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif}' +
  'h2{font-size:.9rem;color:#555}article div{white-space:pre-wrap;overflow-wrap:anywhere}' +
  '.user div{background:#f3f4f6;border-radius:.5rem;padding:.5rem .75rem}'

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function markdownOf(message: Message): string {
  const who = nameOf(message)
  const failure = message.error_message === null ? '' : `\n\n> ${oneLine(message.error_message)}`
  return `## ${oneLine(who)} · ${message.created_at}\n\n${message.content}${failure}\n`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
