import { callOutcomes } from '@parley/contract'
import { type Command, Option } from 'commander'
import { wholeNumber, withQuery } from '../arguments.ts'
import type { CommandContext, GlobalOptions } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Sums {
  readonly time: string
  readonly subject: string
  readonly requests: number
  readonly errors: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
}

const sumColumns: readonly Column<Sums>[] = [
  { title: 'FROM', read: ({ time }) => time },
  { title: 'SUBJECT', read: ({ subject }) => subject },
  { title: 'CALLS', read: ({ requests }) => requests },
  { title: 'ERRORS', read: ({ errors }) => errors },
  { title: 'IN', read: ({ input_tokens }) => input_tokens },
  { title: 'OUT', read: ({ output_tokens }) => output_tokens },
  { title: '$', read: ({ cost_usd }) => cost_usd },
]

interface Call {
  readonly request_id: string
  readonly at: string
  readonly model: string
  readonly account_id: string | null
  readonly http_status: number | null
  readonly end_reason: string | null
  readonly attempts: number
  readonly duration_ms: number | null
  readonly cost_usd: number
}

const callColumns: readonly Column<Call>[] = [
  { title: 'AT', read: ({ at }) => at },
  { title: 'REQUEST', read: ({ request_id }) => request_id },
  { title: 'MODEL', read: ({ model }) => model },
  { title: 'ACCOUNT', read: ({ account_id }) => account_id },
  { title: 'STATUS', read: ({ http_status }) => http_status },
  { title: 'END', read: ({ end_reason }) => end_reason },
  { title: 'TRIES', read: ({ attempts }) => attempts },
  { title: 'MS', read: ({ duration_ms }) => duration_ms },
  { title: '$', read: ({ cost_usd }) => cost_usd },
]

export function usageCommand(program: Command, context: CommandContext): void {
  const usage = program.command('usage').description('what was used')
  usage
    .command('sums', { isDefault: true })
    .description('sums over time')
    .addOption(
      new Option('--by <whose>').choices(['all', 'key', 'user', 'group', 'account', 'model', 'wire']).default('all'),
    )
    .addOption(new Option('--per <time>').choices(['hour', 'day', 'month']).default('day'))
    .option('--from <time>', 'thirty days ago unless given')
    .option('--to <time>', 'now unless given')
    .action(async (_options, command: Command) => {
      type Options = GlobalOptions & { by: string; per: string; from?: string; to?: string }
      const { by, per, from, to, ...rest } = command.optsWithGlobals<Options>()
      const path = withQuery('/admin/usage', { by, per, from, to })
      context.terminal(rest).table(await (await context.api()).get<Sums[]>(path), sumColumns)
    })
  usage
    .command('calls')
    .description('single calls, newest first')
    .option('--limit <number>', 'how many', wholeNumber, 50)
    .option('--key <id>')
    .option('--user <id>')
    .addOption(new Option('--outcome <how>', 'how they ended').choices(callOutcomes))
    .action(async (_options, command: Command) => {
      type Options = GlobalOptions & { limit: number; key?: string; user?: string; outcome?: string }
      const { limit, key, user, outcome, ...rest } = command.optsWithGlobals<Options>()
      const path = withQuery('/admin/usage/records', { limit, key_id: key, user_id: user, outcome })
      context.terminal(rest).table(await (await context.api()).get<Call[]>(path), callColumns)
    })
  usage
    .command('trace <request>')
    .description('how a call was decided')
    .action(async (id: string, _options, command: Command) => {
      const trace = await (await context.api()).get<object>(`/admin/usage/records/${encodeURIComponent(id)}/trace`)
      context.terminal(command.optsWithGlobals()).details(trace)
    })
}
