import { defined } from '@parley/wires'
import type { Command } from 'commander'
import { Option } from 'commander'
import { withQuery } from '../arguments.ts'
import { type ApiClient, CommandError } from '../api-client.ts'
import type { CommandContext, GlobalOptions, Registration } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Person {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly role: 'admin' | 'user'
  readonly is_active: boolean
}

const columns: readonly Column<Person>[] = [
  { title: 'ID', read: ({ id }) => id },
  { title: 'EMAIL', read: ({ email }) => email },
  { title: 'USERNAME', read: ({ username }) => username },
  { title: 'ROLE', read: ({ role }) => role },
  { title: 'STATE', read: ({ is_active }) => (is_active ? 'on' : 'off') },
]

const passwordOption = () =>
  new Option('--password <password>', 'in the environment no list of processes shows it').env('ADMIN_PASSWORD')

export function adminCommands(program: Command, context: CommandContext): void {
  const admin = program.command('admin').description('people, and who of them are administrators')
  admin
    .command('list', { isDefault: true })
    .description('people')
    .option('--search <text>', 'part of the email or name')
    .action(async (_options, command: Command) => {
      const { search: q, ...rest } = command.optsWithGlobals<GlobalOptions & { search?: string }>()
      const people = await (await context.api()).get<Person[]>(withQuery('/admin/users', { q, limit: 500 }))
      context.terminal(rest).table(people, columns)
    })
  createCommand(admin, context)
  changeCommands(admin, context)
}

function createCommand(admin: Command, context: CommandContext): void {
  admin
    .command('create')
    .description('make an administrator; the first one, too')
    .requiredOption('--email <email>')
    .option('--username <name>')
    .addOption(passwordOption().makeOptionMandatory())
    .action(async (_options, command: Command) => {
      const { email, password, username, ...rest } = command.optsWithGlobals<GlobalOptions & Registration>()
      const registration = { email, password, username }
      const made =
        (await context.createFirstAdmin(registration)) ??
        (await (await context.api()).post<Person>('/admin/users', { ...defined(registration), role: 'admin' }))
      context.terminal(rest).say(`${made.email} is an administrator.`, { email: made.email })
    })
}

const changes = [
  ['promote <email>', 'make somebody an administrator', { role: 'admin' }],
  ['demote <email>', 'make somebody a plain user', { role: 'user' }],
  ['disable <email>', 'sign somebody out for good', { is_active: false }],
  ['enable <email>', 'let somebody in again', { is_active: true }],
] as const

function changeCommands(admin: Command, context: CommandContext): void {
  for (const [name, description, change] of changes) {
    admin
      .command(name)
      .description(description)
      .action(async (email: string, _options, command: Command) => {
        const api = await context.api()
        const { id } = await personOf(email, api)
        const person = await api.patch<Person>(`/admin/users/${id}`, change)
        const text = `${email}: ${person.role}, ${person.is_active ? 'on' : 'off'}`
        context.terminal(command.optsWithGlobals()).say(text, person)
      })
  }
  admin
    .command('reset-link <email>')
    .description('make a link with which somebody chooses a new password, once, within 24 hours')
    .action(async (email: string, _options, command: Command) => {
      const api = await context.api()
      const { id } = await personOf(email, api)
      const link = await api.post<{ url: string; expires_at: string }>(`/admin/users/${id}/password-reset`)
      context.terminal(command.optsWithGlobals()).say(`${link.url}\nGood once, until ${link.expires_at}.`, link)
    })
  admin
    .command('reset-password <email>')
    .description('give somebody a new password; it signs them out everywhere')
    .addOption(passwordOption().makeOptionMandatory())
    .action(async (email: string, _options, command: Command) => {
      const { password, ...rest } = command.optsWithGlobals<GlobalOptions & { password: string }>()
      const api = await context.api()
      const terminal = context.terminal(rest)
      const { id } = await personOf(email, api)
      await terminal.confirm(`Give ${email} a new password and sign them out everywhere?`)
      await api.patch(`/admin/users/${id}`, { password })
      terminal.say(`${email} has a new password.`, { email })
    })
}

async function personOf(email: string, api: ApiClient): Promise<Person> {
  const found = await api.get<Person[]>(withQuery('/admin/users', { q: email, limit: 500 }))
  const person = found.find((one) => one.email === email.toLowerCase())
  if (person === undefined) throw new CommandError(`There is nobody with the email ${email}.`)
  return person
}
