import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { Tabs } from '../../ui/tabs.tsx'

/** In place of a key that nobody can show any more. */
export const keyPlaceholder = 'cr_…'

interface Tool {
  readonly id: string
  readonly label: string
  /** Where it goes, and what else is to be known. */
  readonly hint: string
  readonly lines: readonly string[]
}

/** What a client has to be told. */
export function HowToUse({ apiKey }: { readonly apiKey: string }) {
  const text = useText()
  const { origin } = location
  const tools: readonly Tool[] = [
    {
      id: 'any',
      label: text(keyTexts.anyTool),
      hint: text(keyTexts.useItHint),
      lines: [
        `ANTHROPIC_BASE_URL=${origin}`,
        `ANTHROPIC_API_KEY=${apiKey}`,
        `OPENAI_BASE_URL=${origin}/v1`,
        `OPENAI_API_KEY=${apiKey}`,
        `GOOGLE_GEMINI_BASE_URL=${origin}`,
        `GEMINI_API_KEY=${apiKey}`,
      ],
    },
    {
      id: 'claude-code',
      label: 'Claude Code',
      hint: text(keyTexts.inTerminal),
      lines: [`export ANTHROPIC_BASE_URL=${origin}`, `export ANTHROPIC_API_KEY=${apiKey}`, 'claude'],
    },
    {
      id: 'codex',
      label: 'Codex',
      hint: text(keyTexts.inCodex, { command: `export PARLEY_API_KEY=${apiKey}` }),
      lines: [
        'model_provider = "parley"',
        '',
        '[model_providers.parley]',
        'name = "Parley"',
        `base_url = "${origin}/v1"`,
        'env_key = "PARLEY_API_KEY"',
        'wire_api = "responses"',
      ],
    },
    {
      id: 'cursor',
      label: 'Cursor',
      hint: text(keyTexts.inCursor),
      lines: [`OpenAI API Key: ${apiKey}`, `Override OpenAI Base URL: ${origin}/v1`],
    },
  ]
  return (
    <Tabs
      label={text(keyTexts.useIt)}
      tabs={tools.map(({ id, label, ...told }) => ({ id, label, content: <ToldTo {...told} /> }))}
    />
  )
}

function ToldTo({ hint, lines }: Pick<Tool, 'hint' | 'lines'>) {
  const all = lines.join('\n')
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-sm break-words text-muted">{hint}</p>
      <div className="flex items-start gap-2 rounded-xl border bg-sunken p-1.5 pl-3">
        <pre tabIndex={0} className="min-w-0 flex-1 overflow-x-auto py-1.5 text-xs leading-5">
          {all}
        </pre>
        <CopyButton value={all} />
      </div>
    </div>
  )
}
