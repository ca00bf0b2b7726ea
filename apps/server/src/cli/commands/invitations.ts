import { defined } from '@parley/wires'
import { type Command, Option } from 'commander'
import { wholeNumber } from '../arguments.ts'
import type { CommandContext, GlobalOptions } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Invitation {
  readonly id: string
  readonly email: string | null
  readonly role: 'admin' | 'user'
  readonly expires_at: string
  readonly used_at: string | null
}

const path = '/admin/invitations'

const columns: readonly Column<Invitation>[] = [
  { title: 'ID', read: ({ id }) => id },
  { title: 'FOR', read: ({ email }) => email ?? 'whoever has it' },
  { title: 'ROLE', read: ({ role }) => role },
  { title: 'STATE', read: stateOf },
  { title: 'UNTIL', read: ({ expires_at }) => expires_at },
]

export function invitationCommands(program: Command, context: CommandContext): void {
  const invitations = program.command('invitations').description('links with which somebody may register')
  invitations
    .command('list', { isDefault: true })
    .description('invitations, also those that were used')
    .action(async (_options, command: Command) => {
      context.terminal(command.optsWithGlobals()).table(await (await context.api()).get<Invitation[]>(path), columns)
    })
  invitations
    .command('create')
    .description('make a link to hand over, good once, whatever registration is set to; it is shown this once')
    .option('--email <email>', 'the only address it is good for')
    .addOption(new Option('--role <role>', 'of whoever comes with it').choices(['user', 'admin']).default('user'))
    .option('--days <number>', 'how long it is good', wholeNumber, 7)
    .action(async (_options, command: Command) => {
      type Options = GlobalOptions & { email?: string; role: string; days: number }
      const { email, role, days, ...rest } = command.optsWithGlobals<Options>()
      const body = defined({ email, role, expires_in_days: days })
      const made = await (await context.api()).post<Invitation & { readonly url: string }>(path, body)
      context.terminal(rest).say(`${made.url}\nGood once, until ${made.expires_at}.`, made)
    })
  invitations
    .command('delete <id>')
    .description('take one back; whoever has come with it stays')
    .action(async (id: string, _options, command: Command) => {
      await (await context.api()).delete(`${path}/${id}`)
      context.terminal(command.optsWithGlobals()).say('The link is not good any more.', { id, deleted: true })
    })
}

function stateOf({ used_at, expires_at }: Invitation): string {
  if (used_at !== null) return 'used'
  return Date.parse(expires_at) <= Date.now() ? 'ended' : 'open'
}
