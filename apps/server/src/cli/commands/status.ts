import type { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'

interface Health {
  readonly status: string
  readonly version: string
  readonly uptime_seconds: number
  readonly parts: { readonly [part: string]: { readonly status: string; readonly reason?: string } }
}

interface Dashboard {
  readonly today: {
    readonly requests: number
    readonly errors: number
    readonly tokens: number
    readonly cost_usd: number
  }
  readonly requests_per_minute: number
  readonly accounts: { readonly by_state: { readonly [state: string]: number }; readonly active_calls: number }
}

export function statusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('how the server, its accounts and its usage are')
    .action(async (_options, command: Command) => {
      const api = await context.api()
      const [health, dashboard] = await Promise.all([
        api.get<Health>('/health'),
        api.get<Dashboard>('/admin/dashboard'),
      ])
      const { today, requests_per_minute, accounts } = dashboard
      context.terminal(command.optsWithGlobals()).details({
        status: health.status,
        version: health.version,
        uptime_seconds: health.uptime_seconds,
        ...Object.fromEntries(
          Object.entries(health.parts).map(([part, { status, reason }]) => [part, reason ?? status]),
        ),
        accounts: Object.entries(accounts.by_state).map(([state, count]) => `${count} ${state}`),
        active_calls: accounts.active_calls,
        calls_today: today.requests,
        errors_today: today.errors,
        tokens_today: today.tokens,
        cost_today_usd: today.cost_usd,
        calls_per_minute: requests_per_minute,
      })
    })
}
