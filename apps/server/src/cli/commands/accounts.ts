import { defined } from '@parley/wires'
import { type Command, Option } from 'commander'
import { list, models, onOrOff, wholeNumber, withQuery } from '../arguments.ts'
import type { CommandContext, GlobalOptions } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Account {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly state: string
  readonly priority: number
  readonly weight: number
  readonly active_calls: number
  readonly max_concurrency: number | null
  readonly holds: readonly { readonly model: string | null; readonly until: string | null; readonly reason: string }[]
  readonly problem: string | null
}

const columns: readonly Column<Account>[] = [
  { title: 'ID', read: ({ id }) => id },
  { title: 'NAME', read: ({ name }) => name },
  { title: 'KIND', read: ({ kind }) => kind },
  { title: 'STATE', read: ({ state }) => state },
  { title: 'PRIORITY', read: ({ priority }) => priority },
  { title: 'WEIGHT', read: ({ weight }) => weight },
  { title: 'CALLS', read: ({ active_calls, max_concurrency }) => `${active_calls}/${max_concurrency ?? '∞'}` },
  { title: 'WHY', read: whyOf },
]

interface Fields extends GlobalOptions {
  readonly name?: string
  readonly kind?: string
  readonly baseUrl?: string
  readonly apiKey?: string
  readonly models?: { [id: string]: string }
  readonly priority?: number
  readonly weight?: number
  readonly concurrency?: number
  readonly proxy?: string
  readonly groups?: string[]
  readonly budget?: string
  readonly schedulable?: boolean
  readonly tags?: string[]
  readonly notes?: string
}

export function accountCommands(program: Command, context: CommandContext): void {
  const accounts = program.command('accounts').description('upstream accounts that calls go to')
  readingCommands(accounts, context)
  withFields(accounts.command('add').description('add an account').requiredOption('--name <name>', 'what it is called'))
    .requiredOption('--kind <kind>', 'anthropic, openai, azure-openai, gemini or simulator')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<Fields>()
      const account = await (await context.api()).post<Account>('/admin/accounts', bodyOf(options))
      context.terminal(options).say(`${account.name} was added: ${account.id}`, account)
    })
  withFields(accounts.command('update <id>').description('change what is given').option('--name <name>')).action(
    async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Fields>()
      const account = await (await context.api()).patch<Account>(`/admin/accounts/${id}`, bodyOf(options))
      context.terminal(options).say(`${account.name} was changed.`, account)
    },
  )
  actionCommands(accounts, context)
  testCommand(accounts, context)
  removeCommand(accounts, context)
}

function readingCommands(accounts: Command, context: CommandContext): void {
  accounts
    .command('list', { isDefault: true })
    .description('all accounts and how they are')
    .option('--kind <kind>')
    .option('--search <text>', 'part of the name, notes, tags or groups')
    .action(async (_options, command: Command) => {
      const { kind, search: q, ...rest } = command.optsWithGlobals<GlobalOptions & { kind?: string; search?: string }>()
      const path = withQuery('/admin/accounts', { kind, q })
      context.terminal(rest).table(await (await context.api()).get<Account[]>(path), columns)
    })
  accounts
    .command('show <id>')
    .description('everything about an account, its secrets masked')
    .action(async (id: string, _options, command: Command) => {
      const account = await (await context.api()).get<Account>(`/admin/accounts/${id}`)
      context.terminal(command.optsWithGlobals()).details(account)
    })
}

const actions = [
  ['pause', 'take no new calls until it is resumed'],
  ['resume', 'take calls again'],
  ['reset', 'forget why it is out'],
  ['refresh', 'get new tokens, when it is signed in with OAuth'],
] as const

function actionCommands(accounts: Command, context: CommandContext): void {
  for (const [action, description] of actions) {
    accounts
      .command(`${action} <id>`)
      .description(description)
      .action(async (id: string, _options, command: Command) => {
        const account = await (await context.api()).post<Account>(`/admin/accounts/${id}/${action}`)
        context.terminal(command.optsWithGlobals()).say(`${account.name}: ${account.state}`, account)
      })
  }
}

interface Probe {
  readonly ok: boolean
  readonly status: number | null
  readonly latency_ms: number
  readonly model: string | null
  readonly error: string | null
}

function testCommand(accounts: Command, context: CommandContext): void {
  accounts
    .command('test <id>')
    .description('make one small real call through it')
    .option('--model <id>')
    .action(async (id: string, _options, command: Command) => {
      const { model, ...rest } = command.optsWithGlobals<GlobalOptions & { model?: string }>()
      const probe = await (await context.api()).post<Probe>(`/admin/accounts/${id}/test`, defined({ model }))
      const text = probe.ok ? `answered in ${probe.latency_ms} ms` : `failed: ${probe.error ?? 'no answer'}`
      context.terminal(rest).say(`${probe.model ?? 'The account'} ${text}`, probe)
      if (!probe.ok) process.exitCode = 1
    })
}

function removeCommand(accounts: Command, context: CommandContext): void {
  accounts
    .command('remove <id>')
    .description('its credential is erased; its usage stays')
    .action(async (id: string, _options, command: Command) => {
      const api = await context.api()
      const terminal = context.terminal(command.optsWithGlobals())
      const { name } = await api.get<Account>(`/admin/accounts/${id}`)
      await terminal.confirm(`Remove the account "${name}" and erase its credential?`)
      await api.delete(`/admin/accounts/${id}`)
      terminal.say(`${name} was removed.`, { id, removed: true })
    })
}

function withFields(command: Command): Command {
  return command
    .option('--base-url <url>', "ends before the wire's own path")
    .addOption(
      new Option('--api-key <key>', 'in the environment no list of processes shows it').env('UPSTREAM_API_KEY'),
    )
    .option('--models <list>', 'models it serves: id or public=upstream, with commas', models)
    .option('--priority <number>', 'lower numbers first', wholeNumber)
    .option('--weight <number>', 'share among accounts of the same priority', wholeNumber)
    .option('--concurrency <number>', 'calls at once', wholeNumber)
    .option('--proxy <url>', 'http://, https:// or socks5://')
    .option('--groups <list>', 'groups it is in', list)
    .option('--budget <dollars>', 'US dollars it may cost in a day')
    .option('--schedulable <on|off>', 'off: only keys that are pinned to it use it', onOrOff)
    .option('--tags <list>', 'for finding it', list)
    .option('--notes <text>')
}

function bodyOf(options: Fields): object {
  return defined({
    name: options.name,
    kind: options.kind,
    base_url: options.baseUrl,
    api_key: options.apiKey,
    models: options.models,
    priority: options.priority,
    weight: options.weight,
    max_concurrency: options.concurrency,
    proxy: options.proxy,
    groups: options.groups,
    daily_budget: options.budget,
    schedulable: options.schedulable,
    tags: options.tags,
    notes: options.notes,
  })
}

function whyOf({ holds, problem }: Account): string {
  return (
    problem ??
    holds.map(({ model, until, reason }) => `${model ?? 'all'}: ${reason}, until ${until ?? 'reset'}`).join('; ')
  )
}
