import { models } from './scenarios.ts'

interface Admin {
  email: string
  password: string
}

/** Signs in, adds an account for each wire, and makes a key with limits that count but do not bite. */
export async function createAccess(origin: string, admin: Admin, upstream: string): Promise<string> {
  const session = await post(`${origin}/api/auth/login`, admin)
  const authorization = { authorization: `Bearer ${textOf(session, 'token')}` }
  const account = { base_url: upstream, api_key: 'upstream-key', max_concurrency: 1_000 }
  await post(
    `${origin}/admin/accounts`,
    { ...account, name: 'bench anthropic', kind: 'anthropic', models: [models.anthropic] },
    authorization,
  )
  await post(
    `${origin}/admin/accounts`,
    { ...account, name: 'bench openai', kind: 'openai', models: [models.openai] },
    authorization,
  )
  const limits = [
    { what: 'requests', per: 'minute', max: 1_000_000 },
    { what: 'tokens', per: 'day', max: 1_000_000_000_000 },
    { what: 'cost', per: 'month', max: 1_000_000 },
    { what: 'concurrency', per: 'total', max: 1_000 },
  ]
  return textOf(await post(`${origin}/admin/api-keys`, { name: 'bench', limits }, authorization), 'key')
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`)
  const json = JSON.parse(text)
  return json.data ?? json
}

function textOf(value: unknown, field: string): string {
  const text = (value as Record<string, unknown>)[field]
  if (typeof text !== 'string') throw new Error(`no ${field} in ${JSON.stringify(value)}`)
  return text
}
