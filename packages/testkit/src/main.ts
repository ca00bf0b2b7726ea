import { parseArgs } from 'node:util'
import { commandNames } from './upstream/commands.ts'
import { startFakeUpstream } from './upstream/fake-upstream.ts'

const help = `Usage: node packages/testkit/src/main.ts [options]

Serves a fake upstream that speaks the Anthropic, OpenAI Chat, OpenAI Responses and Gemini wires.

  --port <n>   port to listen on (default 9100; 0 takes a free one)
  --host <ip>  address to listen on (default 127.0.0.1)
  --seed <n>   changes the default texts (default 1)
  --fast       prebuilt replies for load; keeps no record of each call, sees commands only where a message starts
  --help       this text

Commands in the last user message say what to do, for example "/words 50 /think", "/tools 2 /slow 20", "/fail 529",
"/retry-after 3", "/stall-after 3", "/cut-at 120", "/split 1", "/usage none". All of them:
${listOf(commandNames)}

GET /__served tells what was served, POST /__always sets the behaviour of all calls, POST /__script of the next ones
(an array), POST /__clear forgets everything.
`

function listOf(names: readonly string[]): string {
  return names.reduce((text, name) => `${text}${text.length - text.lastIndexOf('\n') > 100 ? '\n ' : ''} /${name}`, ' ')
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9100' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string', default: '1' },
    fast: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(help)
} else {
  const upstream = await startFakeUpstream({
    port: Number(values.port),
    host: values.host,
    seed: Number(values.seed),
    fast: values.fast,
  })
  console.log(`fake upstream on ${upstream.url}`)
  const stop = (): Promise<void> => upstream.close()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
