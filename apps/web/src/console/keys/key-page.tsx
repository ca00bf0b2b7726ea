import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatDateTime, formatNumber } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import type { ApiKey } from '../api-types.ts'
import { ConsolePage, type Fact, Facts, Section, TagList } from '../console-page.tsx'
import { ChargeField } from '../limits/charge-field.tsx'
import { LoadedPage } from '../loaded-page.tsx'
import { type Names, useNames } from '../names.ts'
import { keyQuery, type KeyScope } from '../queries.ts'
import { Calls } from '../usage/calls.tsx'
import { MyUsage, SubjectUsage } from '../usage/subject-usage.tsx'
import { doorName } from './door-names.ts'
import { HowToUse, keyPlaceholder } from './how-to-use.tsx'
import { KeyEditor } from './key-dialogs.tsx'
import { KeyMenu } from './key-menu.tsx'
import { KeyStateBadge } from './key-state.tsx'
import { limitText } from './limit-texts.ts'

export function KeyPage() {
  return <KeyOf scope="all" />
}

export function MyKeyPage() {
  return <KeyOf scope="own" />
}

const listOf = {
  all: { to: '/console/keys', label: consoleTexts.keys },
  own: { to: '/console/my-keys', label: consoleTexts.myKeys },
} as const

function KeyOf({ scope }: { readonly scope: KeyScope }) {
  const text = useText()
  const { keyId = '' } = useParams({ strict: false })
  const { to, label } = listOf[scope]
  return (
    <LoadedPage
      query={keyQuery(scope, keyId)}
      parent={{ to, label: text(label) }}
      page={(key) => <OneKey scope={scope} apiKey={key} />}
    />
  )
}

function OneKey({ scope, apiKey: key }: { readonly scope: KeyScope; readonly apiKey: ApiKey }) {
  const text = useText()
  const navigate = useNavigate()
  const [isEditing, setEditing] = useState(false)
  const names = useNames(scope === 'all')
  const { to, label } = listOf[scope]
  return (
    <ConsolePage
      title={key.name}
      parent={{ to, label: text(label) }}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          <code className="text-sm">{key.hint}</code>
          <KeyStateBadge apiKey={key} />
        </span>
      }
      actions={
        <>
          {key.deleted_at === null && (
            <Button onClick={() => setEditing(true)}>
              <Pencil aria-hidden className="size-4" />
              {text(commonTexts.edit)}
            </Button>
          )}
          <KeyMenu scope={scope} apiKey={key} onRemoved={() => navigate({ to })} />
        </>
      }
    >
      <Section title={text(keyTexts.configuration)}>
        <Facts facts={factsOf(key, text, { scope, names })} />
      </Section>
      {key.notes !== '' && (
        <Section title={text(consoleTexts.notes)}>
          <p className="whitespace-pre-wrap">{key.notes}</p>
        </Section>
      )}
      {key.deleted_at === null && (
        <Section title={text(keyTexts.useIt)}>
          <HowToUse apiKey={keyPlaceholder} />
        </Section>
      )}
      {scope === 'all' && (
        <Section title={text(limitTexts.charging)}>
          <ChargeField kind="key" id={key.id} />
        </Section>
      )}
      <Section title={text(keyTexts.usageTitle)}>
        {scope === 'all' ? <SubjectUsage by="key" subject={key.id} /> : <MyUsage keyId={key.id} />}
      </Section>
      <Section title={text(keyTexts.recentCalls)}>
        <Calls filter={{ key_id: key.id }} scope={scope} />
      </Section>
      {isEditing && <KeyEditor scope={scope} apiKey={key} onClose={() => setEditing(false)} />}
    </ConsolePage>
  )
}

function factsOf(key: ApiKey, text: Text, { scope, names }: { scope: KeyScope; names: Names }): Fact[] {
  const list = (values: readonly string[] | null, otherwise: string) => values?.join(', ') ?? otherwise
  return [
    [text(keyTexts.owner), scope === 'all' && key.user_id !== null && names.person(key.user_id)],
    [text(keyTexts.managedBy), text(key.managed_by === 'admin' ? keyTexts.managedByAdmin : keyTexts.managedByUser)],
    [
      text(keyTexts.limits),
      key.limits.length === 0 ? (
        text(keyTexts.noLimits)
      ) : (
        <span className="flex flex-col">
          {key.limits.map((limit) => (
            <span key={limit.what + limit.per}>{limitText(limit, text)}</span>
          ))}
        </span>
      ),
    ],
    [text(keyTexts.expires), key.ends_at === null ? text(keyTexts.expiresNever) : formatDateTime(key.ends_at)],
    [text(keyTexts.activeDays), key.active_seconds && formatNumber(key.active_seconds / 86_400)],
    [text(keyTexts.models), list(key.models, text(keyTexts.allModels))],
    [text(keyTexts.doors), list(key.wires?.map(doorName) ?? null, text(keyTexts.allDoors))],
    [text(keyTexts.accounts), list(key.account_ids?.map(names.account) ?? null, text(keyTexts.allAccounts))],
    [text(keyTexts.accountGroups), key.account_groups?.join(', ')],
    [text(keyTexts.addresses), list(key.ip_allow, text(keyTexts.anywhere))],
    [text(keyTexts.clients), key.clients?.join(', ')],
    [text(consoleTexts.created), formatDateTime(key.created_at)],
    [text(consoleTexts.lastUsed), key.last_used_at === null ? text(consoleTexts.never) : formatAgo(key.last_used_at)],
    [text(consoleTexts.tags), key.tags.length > 0 && <TagList tags={key.tags} />],
  ]
}
