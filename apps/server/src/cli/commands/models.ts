import { defined } from '@parley/wires'
import type { Command } from 'commander'
import { CommandError } from '../api-client.ts'
import { onOrOff, wholeNumber } from '../arguments.ts'
import type { CommandContext, GlobalOptions } from '../command-context.ts'
import type { Column } from '../terminal.ts'

interface Model {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly context_limit: number | null
  readonly is_active: boolean
  readonly prices: { readonly input: number; readonly output: number; readonly source: string } | null
}

const columns: readonly Column<Model>[] = [
  { title: 'ID', read: ({ id }) => id },
  { title: 'NAME', read: ({ name }) => name },
  { title: 'PROVIDER', read: ({ provider }) => provider },
  { title: 'CONTEXT', read: ({ context_limit }) => context_limit },
  { title: 'STATE', read: ({ is_active }) => (is_active ? 'on' : 'off') },
  { title: '$ IN/OUT PER MILLION', read: ({ prices }) => prices && `${prices.input} / ${prices.output}` },
  { title: 'PRICED BY', read: ({ prices }) => prices?.source },
]

interface Fields extends GlobalOptions {
  readonly name?: string
  readonly provider?: string
  readonly context?: number
  readonly input?: string
  readonly output?: string
  readonly active?: boolean
}

export function modelCommands(program: Command, context: CommandContext): void {
  const models = program.command('models').description('models and their prices')
  models
    .command('list', { isDefault: true })
    .description('models of the catalog')
    .action(async (_options, command: Command) => {
      context
        .terminal(command.optsWithGlobals())
        .table(await (await context.api()).get<Model[]>('/admin/models'), columns)
    })
  models
    .command('show <id>')
    .description('one model')
    .action(async (id: string, _options, command: Command) => {
      context.terminal(command.optsWithGlobals()).details(await (await context.api()).get<Model>(pathOf(id)))
    })
  const add = models.command('add <id>').description('add a model')
  withFields(add.requiredOption('--name <name>').requiredOption('--provider <name>')).action(
    async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Fields>()
      const model = await (await context.api()).post<Model>('/admin/models', { id, ...bodyOf(options) })
      context.terminal(options).say(`${model.id} was added.`, model)
    },
  )
  withFields(
    models
      .command('update <id>')
      .description('change what is given')
      .option('--name <name>')
      .option('--provider <name>'),
  ).action(async (id: string, _options, command: Command) => {
    const options = command.optsWithGlobals<Fields>()
    const model = await (await context.api()).patch<Model>(pathOf(id), bodyOf(options))
    context.terminal(options).say(`${model.id} was changed.`, model)
  })
  removeCommand(models, context)
}

function removeCommand(models: Command, context: CommandContext): void {
  models
    .command('remove <id>')
    .description('take a model out of the catalog')
    .action(async (id: string, _options, command: Command) => {
      const api = await context.api()
      const terminal = context.terminal(command.optsWithGlobals())
      await terminal.confirm(`Remove the model "${id}" from the catalog?`)
      await api.delete(pathOf(id))
      terminal.say(`${id} was removed.`, { id, removed: true })
    })
}

function withFields(command: Command): Command {
  return command
    .option('--context <tokens>', 'how much it reads at once', wholeNumber)
    .option('--input <dollars>', 'US dollars for a million input tokens')
    .option('--output <dollars>', 'US dollars for a million output tokens')
    .option('--active <on|off>', 'whether it is offered', onOrOff)
}

function bodyOf({ name, provider, context, input, output, active }: Fields): object {
  if ((input === undefined) !== (output === undefined))
    throw new CommandError('A price is two: give both --input and --output.', { exitCode: 2 })
  const prices = input === undefined || output === undefined ? undefined : { input, output }
  return defined({ name, provider, context_limit: context, prices, is_active: active })
}

function pathOf(id: string): string {
  return `/admin/models/${encodeURIComponent(id)}`
}
