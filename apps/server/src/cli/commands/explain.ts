import { defined } from '@parley/wires'
import { type Command, Option } from 'commander'
import type { CommandContext, GlobalOptions } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Explained {
  readonly account_id: string
  readonly name: string
  readonly upstream_model: string | null
  readonly out: string | null
  readonly until: string | null
}

interface Explanation {
  readonly would_go_to: string | null
  readonly refusal: { readonly message: string } | null
  readonly order: readonly string[]
  readonly accounts: readonly Explained[]
}

export function explainCommand(program: Command, context: CommandContext): void {
  program
    .command('explain <model>')
    .description('where a call would go now, and why not elsewhere')
    .option('--key <id>', 'the API key that would make it')
    .addOption(new Option('--wire <wire>').choices(['anthropic', 'openai-chat', 'openai-responses', 'gemini']))
    .option('--session <id>', "the client's own id of its session")
    .action(async (model: string, _options, command: Command) => {
      type Options = GlobalOptions & { key?: string; wire?: string; session?: string }
      const { key, wire, session, ...rest } = command.optsWithGlobals<Options>()
      const query = defined({ model, key_id: key, wire, session_id: session })
      const explanation = await (await context.api()).post<Explanation>('/admin/explain', query)
      const terminal = context.terminal(rest)
      if (rest.json) return terminal.details(explanation)
      const { refusal, would_go_to: goal, accounts } = explanation
      const name = accounts.find(({ account_id }) => account_id === goal)?.name
      terminal.say(refusal ? `Refused: ${refusal.message}` : `It would go to ${name ?? 'nobody'}.`, explanation)
      terminal.table(accounts, columnsOf(explanation))
    })
}

function columnsOf({ order }: Explanation): readonly Column<Explained>[] {
  const placeOf = (id: string) => (order.includes(id) ? order.indexOf(id) + 1 : null)
  return [
    { title: 'TRIED', read: ({ account_id }) => placeOf(account_id) },
    { title: 'ACCOUNT', read: ({ name }) => name },
    { title: 'ID', read: ({ account_id }) => account_id },
    { title: 'MODEL', read: ({ upstream_model }) => upstream_model },
    { title: 'WHY NOT', read: ({ out }) => out },
    { title: 'UNTIL', read: ({ until }) => until },
  ]
}
