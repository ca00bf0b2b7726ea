/** A server as it looks after a few weeks: people, accounts, keys, limits, calls, and conversations of many kinds. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { FakeUpstream } from '@parley/testkit'
import type { Site } from '@parley/web/test/site.ts'

export const administrator = { email: 'ada@parley.test', password: 'correct horse battery' }

export interface Filled {
  readonly conversations: Readonly<
    Record<'tour' | 'thinking' | 'failed' | 'group' | 'file' | 'page' | 'tools' | 'beside', string>
  >
  readonly accountId: string
  readonly keyId: string
  readonly userId: string
  readonly groupId: string
  readonly shareToken: string
}

type Call = Site['call']
interface WithId {
  readonly id: string
}

export async function fillServer(site: Site, upstream: FakeUpstream): Promise<Filled> {
  const call: Call = (method, path, body) => site.call(method, path, body)
  await call('PATCH', '/api/user/profile', { nickname: 'Ada' })
  const accountId = await addAccounts(call, upstream)
  const people = await addPeople(call)
  const groupId = await addGroup(call, people)
  const keyId = await addKeys(site, people)
  const conversations = await addConversations(site, call)
  const { token } = await call<{ token: string }>('POST', `/api/conversations/${conversations.tour}/share`, {})
  await call('POST', '/admin/backup', {})
  await call('POST', '/api/templates', {
    name: 'Review',
    content: 'Review this code for bugs first, then for clarity:\n\n{{code}}',
  })
  await call('POST', '/api/templates', { name: 'Translate', content: 'Translate into {{language}}:\n\n{{text}}' })
  return { conversations, accountId, keyId, userId: people[0] ?? '', groupId, shareToken: token }
}

async function addAccounts(call: Call, upstream: FakeUpstream): Promise<string> {
  const base = { base_url: upstream.url, api_key: 'sk-made-up-for-the-pictures' }
  const { id } = await call<WithId>('POST', '/admin/accounts', {
    ...base,
    name: 'Anthropic, main',
    kind: 'anthropic',
    models: ['claude-sonnet-4-5', 'claude-opus-4-1'],
    max_concurrency: 20,
    groups: ['production'],
    tags: ['paid by R&D'],
  })
  await call('POST', '/admin/accounts', {
    ...base,
    name: 'OpenAI',
    kind: 'openai',
    models: ['gpt-5', 'gpt-5-mini'],
    groups: ['production'],
  })
  const paused = await call<WithId>('POST', '/admin/accounts', {
    ...base,
    name: 'Gemini, trial',
    kind: 'gemini',
    models: ['gemini-2.5-pro'],
    priority: 80,
  })
  await call('POST', `/admin/accounts/${paused.id}/pause`, { seconds: 7200 })
  return id
}

async function addPeople(call: Call): Promise<string[]> {
  const ids: string[] = []
  for (const [email, nickname] of [
    ['grace@parley.test', 'Grace'],
    ['lin@parley.test', '林晓'],
    ['alan@parley.test', 'Alan'],
  ]) {
    const { id } = await call<WithId>('POST', '/admin/users', { email, nickname, password: administrator.password })
    ids.push(id)
  }
  return ids
}

async function addGroup(call: Call, people: readonly string[]): Promise<string> {
  const { id } = await call<WithId>('POST', '/admin/user-groups', {
    name: 'Engineering',
    description: 'Whoever writes code',
    models: ['claude-*', 'gpt-5', 'gpt-5-mini'],
  })
  await call('POST', '/admin/user-groups', { name: 'Interns', description: 'For the summer', models: ['gpt-5-mini'] })
  for (const person of people.slice(0, 2)) await call('PATCH', `/admin/users/${person}`, { group_id: id })
  const limit = { subject_id: id, what: 'cost', per: 'month' }
  await call('POST', '/admin/limits', { ...limit, subject_kind: 'group', max: 2000 })
  await call('POST', '/admin/limits', { ...limit, subject_kind: 'member', max: 200 })
  await call('PUT', '/admin/settings', { chat_requests_per_minute: 30, retention_days: 365 })
  return id
}

async function addKeys(site: Site, people: readonly string[]): Promise<string> {
  const add = (name: string, more: object = {}) =>
    site.call<WithId & { key: string }>('POST', '/admin/api-keys', { name, ...more })
  const agents = await add('Coding agents', {
    user_id: people[0],
    limits: [
      { what: 'requests', per: 'minute', max: 60 },
      { what: 'cost', per: 'month', max: 250 },
    ],
    tags: ['engineering'],
  })
  const site1 = await add('Website assistant', { limits: [{ what: 'tokens', per: 'day', max: 5000 }] })
  const nightly = await add('Nightly reports', { user_id: people[1], models: ['gpt-5-mini'] })
  await add('Intern, summer', { expires_at: '2027-09-30T00:00:00Z', enabled: false })
  await site.call('POST', '/api/user/api-keys', { name: 'My laptop', limits: [{ what: 'cost', per: 'day', max: 5 }] })
  await site.call('POST', '/admin/limits', {
    subject_kind: 'user',
    subject_id: people[1],
    what: 'cost',
    per: 'month',
    max: 100,
  })
  await site.call('POST', '/admin/limits', {
    subject_kind: 'model',
    subject_id: 'claude-opus-*',
    what: 'requests',
    per: 'day',
    max: 500,
  })
  const calls = [
    [agents.key, 'claude-sonnet-4-5', 14],
    [agents.key, 'claude-opus-4-1', 4],
    [site1.key, 'gpt-5', 9],
    [nightly.key, 'gpt-5-mini', 6],
    [site1.key, 'gemini-2.5-pro', 1],
  ] as const
  for (const [key, model, count] of calls) {
    for (let number = 0; number < count; number += 1) await ask(site, key, model)
  }
  return agents.id
}

async function ask(site: Site, key: string, model: string): Promise<void> {
  const response = await fetch(`${site.origin}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 256, messages: [{ role: 'user', content: 'Summarise the week.' }] }),
  })
  // Also a refusal is a call that is seen.
  await response.arrayBuffer()
}

async function addConversations(site: Site, call: Call): Promise<Filled['conversations']> {
  await call('POST', '/api/conversations/import', earlierConversations(Date.now()))
  const begin = async (title: string, ...said: readonly string[]) => {
    const { id } = await call<WithId>('POST', '/api/conversations', { title })
    for (const content of said) await call('POST', `/api/conversations/${id}/messages`, { content })
    return id
  }
  const failed = await begin('When a provider fails', '/fail 529')
  const thinking = await begin('Thinking aloud', '/think Where should the cache live?')
  const tour = await begin('Bloom filters', 'Explain Bloom filters, with code and the formula.')
  await rewriteReply(call, tour, richReply)
  const asked = ['Which colours go with a warm green?', 'How do I say it in CSS?', 'Make me a small page with them.']
  const page = await begin('A page of colours', ...asked)
  await rewriteReply(call, page, pageReply)
  const { id: group } = await call<WithId>('POST', '/api/group-conversations', {
    name: 'Launch review',
    bot_ids: ['bot-tech', 'bot-funny'],
    reply_mode: 'all',
  })
  await call('POST', `/api/group-conversations/${group}/messages`, {
    content: 'We ship the new search on Friday. What could go wrong?',
  })
  await call('PATCH', `/api/conversations/${tour}`, { is_pinned: true, folder: 'Reading' })
  await call('PATCH', `/api/conversations/${page}`, { is_pinned: true })
  const { id: beside } = await call<WithId>('POST', '/api/conversations', { title: 'A name for the project' })
  await call('POST', `/api/conversations/${beside}/messages`, {
    content: 'What should we call the project?',
    also_models: ['claude-3-opus', 'gpt-4-turbo'],
  })
  return { failed, thinking, tour, group, page, beside, tools: await withTools(call), file: await withFile(site) }
}

/** The chat offers no tools, but conversations that are brought in have them. */
async function withTools(call: Call): Promise<string> {
  const tool = (name: string, input: object) => ({
    type: 'tool-call',
    id: name,
    name,
    arguments: JSON.stringify(input),
  })
  const result = (toolCallId: string, said: string, isError = false) => ({
    type: 'tool-result',
    toolCallId,
    content: [{ type: 'text', text: said }],
    isError,
  })
  const text = 'It rains in **Bergen**, at 7 degrees. The timetable did not answer.'
  const blocks = [
    tool('weather', { place: 'Bergen' }),
    result('weather', JSON.stringify({ rain: true, degrees: 7, wind: { from: 'SW', metres_per_second: 9 } })),
    tool('timetable', { from: 'Oslo', to: 'Bergen' }),
    result('timetable', 'no answer after 10 seconds', true),
    { type: 'text', text },
  ]
  const created_at = new Date().toISOString()
  const title = 'A trip to Bergen'
  await call('POST', '/api/conversations/import', {
    format: 'parley-conversation',
    conversation: { id: 'tools', title, created_at, updated_at: created_at },
    messages: [
      { id: 'a', parent_id: null, role: 'user', content: 'Is it raining, and when is the next train?', created_at },
      { id: 'b', parent_id: 'a', role: 'assistant', model_id: 'claude-3-opus', content: text, blocks, created_at },
    ],
  })
  const conversations = await call<readonly (WithId & { readonly title: string })[]>('GET', '/api/conversations')
  const brought = conversations.find((conversation) => conversation.title === title)
  if (brought === undefined) throw new Error(`there is no conversation “${title}”`)
  return brought.id
}

/** Puts other words into the last reply. */
async function rewriteReply(call: Call, conversationId: string, content: string): Promise<void> {
  const path = `/api/conversations/${conversationId}`
  const { messages } = await call<{ messages: readonly (WithId & { role: string })[] }>('GET', path)
  const reply = messages.findLast(({ role }) => role === 'assistant')
  await call('PATCH', `${path}/messages/${reply?.id}`, { content, reply: false })
}

/** A picture and a text that were sent with a message. */
async function withFile(site: Site): Promise<string> {
  const { id } = await site.call<WithId>('POST', '/api/conversations', { title: 'The logo' })
  const icon = await readFile(path.resolve(import.meta.dirname, '../../docs/images/chat.png'))
  const attachments = [
    await site.upload('screen.png', icon),
    await site.upload('notes.txt', Buffer.from('Warmer green?')),
  ]
  await site.call('POST', `/api/conversations/${id}/messages`, {
    content: 'Here is how it looks now. What would you change?',
    attachments: attachments.map((attachment) => attachment.id),
  })
  return id
}

const day = 86_400_000

function earlierConversations(now: number): object[] {
  const titles: readonly (readonly [string, number, readonly string[]])[] = [
    ['Quarterly report outline', 1, ['work']],
    ['翻译产品说明', 1, ['work', '中文']],
    ['Regex for order numbers', 3, ['code']],
    ['Weekend in Kyoto', 5, ['travel']],
    ['SQL: slow join', 6, ['code']],
    ['Names for the new service', 12, ['work']],
    ['Bread with rye', 20, []],
    ['Interview questions', 26, ['work']],
    ['Rust or Go?', 60, ['code']],
  ]
  return titles.map(([title, daysAgo, tags]) => {
    const time = new Date(now - daysAgo * day).toISOString()
    const message = { created_at: time, model_id: 'gpt-4' }
    return {
      format: 'parley-conversation',
      conversation: { id: `sample ${title}`, title, tags, created_at: time, updated_at: time },
      messages: [
        { ...message, id: 'a', parent_id: null, role: 'user', content: title },
        { ...message, id: 'b', parent_id: 'a', role: 'assistant', content: `Let us look at ${title} together.` },
      ],
    }
  })
}

const pageReply = `Here it is: three greens and a warm grey, each with its name.

\`\`\`html
<!doctype html>
<title>Warm greens</title>
<style>
  body { margin: 0; display: grid; grid-template-columns: 1fr 1fr; min-height: 100vh; font: 600 18px system-ui }
  div { display: grid; place-items: center; color: #fff }
</style>
<div style="background: #1f6f5c">Pine</div>
<div style="background: #3f8f6b">Fern</div>
<div style="background: #7fae7a">Sage</div>
<div style="background: #a39a8c">Stone</div>
\`\`\`

Press **Preview** to see it.
`

const richReply = `A **Bloom filter** answers one question, *"have I seen this before?"*, with a few bits per element. It may say yes
wrongly, never no.

\`\`\`ts
export class BloomFilter {
  readonly #bits = new Uint32Array(1 << 12)

  add(key: string): void {
    for (const at of hashes(key)) this.#bits[at >> 5] |= 1 << (at & 31)
  }
}
\`\`\`

With $m$ bits, $n$ elements and $k$ hashes it errs in

$$
p \\approx \\left(1 - e^{-kn/m}\\right)^k
$$

| bits per element | hashes | wrong answers |
|---:|---:|---:|
| 8 | 6 | 2.2 % |
| 10 | 7 | 0.8 % |
| 16 | 11 | 0.05 % |
`
