import { defined } from '@parley/wires'
import type { Command } from 'commander'
import { type LimitArgument, limits, list, onOrOff, timeOrNever, wholeNumber, withQuery } from '../arguments.ts'
import type { CommandContext, GlobalOptions } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Key {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly enabled: boolean
  readonly ends_at: string | null
  readonly tags: readonly string[]
  readonly last_used_at: string | null
}

const columns: readonly Column<Key>[] = [
  { title: 'ID', read: ({ id }) => id },
  { title: 'NAME', read: ({ name }) => name },
  { title: 'KEY', read: ({ hint }) => hint },
  { title: 'STATE', read: stateOf },
  { title: 'ENDS', read: ({ ends_at }) => ends_at },
  { title: 'LAST USED', read: ({ last_used_at }) => last_used_at },
  { title: 'TAGS', read: ({ tags }) => tags },
]

interface Fields extends GlobalOptions {
  readonly name?: string
  readonly user?: string
  readonly expires?: string
  readonly activeSeconds?: number
  readonly cacheSeconds?: number
  readonly models?: string[]
  readonly wires?: string[]
  readonly ip?: string[]
  readonly clients?: string[]
  readonly accounts?: string[]
  readonly groups?: string[]
  readonly limit?: LimitArgument[]
  readonly tags?: string[]
  readonly notes?: string
  readonly enabled?: boolean
}

export function keyCommands(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('API keys that programs call the relay with')
  readingCommands(keys, context)
  const create = keys.command('create').description('make a key; it is shown this once')
  withFields(create.requiredOption('--name <name>', 'what it is called')).action(async (_options, command: Command) => {
    const options = command.optsWithGlobals<Fields>()
    const made = await (await context.api()).post<Key & { readonly key: string }>('/admin/api-keys', bodyOf(options))
    context.terminal(options).say(`${made.key}\n\nIt is not shown again. Its id is ${made.id}.`, made)
  })
  withFields(keys.command('update <id>').description('change what is given').option('--name <name>'))
    .option('--enabled <on|off>', 'off: it stops working at once', onOrOff)
    .action(async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Fields>()
      const key = await (await context.api()).patch<Key>(`/admin/api-keys/${id}`, bodyOf(options))
      context.terminal(options).say(`${key.name} was changed.`, key)
    })
  removalCommands(keys, context)
}

function readingCommands(keys: Command, context: CommandContext): void {
  keys
    .command('list', { isDefault: true })
    .description('keys, newest first')
    .option('--search <text>', 'part of the name, notes or hint')
    .option('--state <state>', 'enabled, disabled, expired or deleted')
    .option('--tag <tag>')
    .option('--page <number>', 'page', wholeNumber)
    .option('--limit <number>', 'keys on a page', wholeNumber)
    .action(async (_options, command: Command) => {
      type Options = GlobalOptions & { search?: string; state?: string; tag?: string; page?: number; limit?: number }
      const { search: q, state, tag, page, limit, ...rest } = command.optsWithGlobals<Options>()
      const path = withQuery('/admin/api-keys', { q, state, tag, page, limit })
      context.terminal(rest).table(await (await context.api()).get<Key[]>(path), columns)
    })
  keys
    .command('show <id>')
    .description('everything about a key, but the key itself')
    .action(async (id: string, _options, command: Command) => {
      context.terminal(command.optsWithGlobals()).details(await (await context.api()).get<Key>(`/admin/api-keys/${id}`))
    })
}

function removalCommands(keys: Command, context: CommandContext): void {
  keys
    .command('delete <id>')
    .description('it stops working at once; its usage stays')
    .action(async (id: string, _options, command: Command) => {
      const api = await context.api()
      const terminal = context.terminal(command.optsWithGlobals())
      const key = await api.get<Key>(`/admin/api-keys/${id}`)
      await terminal.confirm(`Delete the API key "${key.name}" (${key.hint})?`)
      await api.delete(`/admin/api-keys/${id}`)
      terminal.say(`${key.name} was deleted. Bring it back with: keys restore ${id}`, { id, deleted: true })
    })
  keys
    .command('restore <id>')
    .description('bring a deleted key back')
    .action(async (id: string, _options, command: Command) => {
      const key = await (await context.api()).post<Key>(`/admin/api-keys/${id}/restore`)
      context.terminal(command.optsWithGlobals()).say(`${key.name} works again.`, key)
    })
}

function withFields(command: Command): Command {
  return command
    .option('--user <id>', 'whose it is')
    .option('--expires <time>', 'when it ends; never', timeOrNever)
    .option('--active-seconds <number>', 'it ends so long after its first use', wholeNumber)
    .option(
      '--cache-seconds <number>',
      'equal calls get the reply of one before, so old at most; 0: never',
      wholeNumber,
    )
    .option('--models <list>', 'models it may use', list)
    .option('--wires <list>', 'anthropic, openai-chat, openai-responses, gemini', list)
    .option('--ip <list>', 'addresses and ranges it may be used from', list)
    .option('--clients <list>', 'clients that may use it: claude-code, codex, …', list)
    .option('--accounts <list>', 'ids of the accounts it is pinned to', list)
    .option('--groups <list>', 'groups of accounts it is pinned to', list)
    .option('--limit <limit>', '"5 cost per day", "20 requests per minute"; may be repeated', limits)
    .option('--tags <list>', 'for finding it', list)
    .option('--notes <text>')
}

function bodyOf(options: Fields): object {
  return defined({
    name: options.name,
    user_id: options.user,
    expires_at: options.expires === 'never' ? null : options.expires,
    active_seconds: options.activeSeconds,
    cache_seconds: options.cacheSeconds,
    models: options.models,
    wires: options.wires,
    ip_allow: options.ip,
    clients: options.clients,
    account_ids: options.accounts,
    account_groups: options.groups,
    limits: options.limit,
    tags: options.tags,
    notes: options.notes,
    enabled: options.enabled,
  })
}

function stateOf({ enabled, ends_at }: Key): string {
  if (!enabled) return 'off'
  return ends_at !== null && Date.parse(ends_at) <= Date.now() ? 'ended' : 'on'
}
